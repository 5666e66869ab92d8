package org.everclip.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.everclip.clip.Captioner;
import org.everclip.clip.Decoding;
import org.everclip.formats.image.RgbImage;
import org.everclip.trainer.offline.EmbeddingModel;
import org.everclip.trainer.offline.HeldOut;

/**
 * Whether generated captions say something about pictures of unseen concepts: the rank of the true
 * picture among a hundred, judged by a teacher that shares no weights with the captioner, beside
 * the pair's own caption and a copy of the caption of the nearest training picture (found by the
 * other teacher).
 */
final class CaptionQuality {

  private static final int POOL = 100;
  private static final int REPEATS = 20;
  private static final int SAMPLES = 5;
  private static final int EXAMPLES = 10;
  private static final Decoding DECODING =
      new Decoding(Decoding.Method.TOP_P, 0.9, 1, 0.7, 20, 4, 1);

  private final Captioner captioner;
  private final EmbeddingModel judge;
  private final EmbeddingModel finder;
  private final HeldOut seen;
  private final List<String> trainingTexts;
  private final HeldOut unseen;

  CaptionQuality(
      Captioner captioner,
      EmbeddingModel judge,
      EmbeddingModel finder,
      HeldOut seen,
      List<String> trainingTexts,
      HeldOut unseen) {
    this.captioner = captioner;
    this.judge = judge;
    this.finder = finder;
    this.seen = seen;
    this.trainingTexts = trainingTexts;
    this.unseen = unseen;
  }

  void print(PrintStream out) {
    float[][] pictures = judge.images(unseen.images());
    List<RgbImage> squares =
        unseen.images().stream().map(captioner.preprocessing()::apply).toList();
    List<List<String>> samples = new ArrayList<>();
    for (int s = 0; s < SAMPLES; s++) {
      long offset = 1000L * s;
      samples.add(
          captioner.caption(
              squares,
              DECODING,
              LongStream.range(0, squares.size()).map(i -> offset + i).toArray()));
    }
    out.println("\n| caption | median rank of 100 | top 1 | top 5 |");
    out.println("| --- | --- | --- | --- |");
    row(out, "generated", samples.get(0), pictures);
    row(out, "copied from the nearest training picture", copied(), pictures);
    row(out, "the pair's own", unseen.captions(), pictures);

    Set<String> known = new HashSet<>();
    trainingTexts.forEach(caption -> known.add(normal(caption)));
    long verbatim =
        samples.stream().flatMap(List::stream).filter(c -> known.contains(normal(c))).count();
    out.printf(
        Locale.ROOT,
        "%n%.1f %% of %d generated captions are verbatim texts of training; on average %.1f of %d samples of a picture differ.%n",
        100.0 * verbatim / (SAMPLES * squares.size()),
        SAMPLES * squares.size(),
        distinct(samples),
        SAMPLES);
    out.println("\nExamples, own -> generated:\n");
    for (int i = 0; i < EXAMPLES; i++) {
      int at = i * squares.size() / EXAMPLES;
      out.printf("- %s -> %s%n", unseen.captions().get(at), samples.get(0).get(at));
    }
  }

  private List<String> copied() {
    float[][] training = finder.images(seen.images());
    float[][] pictures = finder.images(unseen.images());
    List<String> captions = new ArrayList<>();
    for (float[] picture : pictures) {
      int best = 0;
      for (int j = 1; j < training.length; j++) {
        best = dot(picture, training[j]) > dot(picture, training[best]) ? j : best;
      }
      captions.add(seen.captions().get(best));
    }
    return captions;
  }

  private void row(PrintStream out, String name, List<String> captions, float[][] pictures) {
    float[][] texts = judge.texts(captions);
    Random random = new Random(1);
    List<Double> ranks = new ArrayList<>();
    for (int i = 0; i < texts.length; i++) {
      for (int repeat = 0; repeat < REPEATS; repeat++) {
        ranks.add(1 + rank(texts[i], pictures, i, random));
      }
    }
    double[] sorted = ranks.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    out.printf(
        Locale.ROOT,
        "| %s | %.0f | %.1f %% | %.1f %% |%n",
        name,
        sorted[sorted.length / 2],
        100.0 * Arrays.stream(sorted).filter(rank -> rank < 2).count() / sorted.length,
        100.0 * Arrays.stream(sorted).filter(rank -> rank < 6).count() / sorted.length);
  }

  /** How many of 99 other pictures, drawn anew, fit the text better; ties count half. */
  private static double rank(float[] text, float[][] pictures, int own, Random random) {
    double score = dot(text, pictures[own]);
    double better = 0;
    for (int drawn = 1; drawn < POOL; drawn++) {
      int other = random.nextInt(pictures.length - 1);
      other += other >= own ? 1 : 0;
      double rival = dot(text, pictures[other]);
      better += rival > score ? 1 : rival == score ? 0.5 : 0;
    }
    return better;
  }

  private static double distinct(List<List<String>> samples) {
    double distinct = 0;
    for (int i = 0; i < samples.get(0).size(); i++) {
      int at = i;
      distinct += samples.stream().map(sample -> sample.get(at)).distinct().count();
    }
    return distinct / samples.get(0).size();
  }

  private static String normal(String caption) {
    return caption.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
