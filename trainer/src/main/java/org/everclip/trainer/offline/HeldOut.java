package org.everclip.trainer.offline;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.everclip.formats.image.DecodeResult;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;

/**
 * A small set that training never sees, for a quick look at a model: retrieval (first captions) or
 * zero-shot classification, in the layout of the WebDataset benchmarks, or plain shards of pairs.
 * Immutable.
 */
public final class HeldOut {

  /**
   * Shares in percent. Ranks count strictly better rows, ties half.
   *
   * @param accuracy of zero-shot classification
   */
  public record Scores(double recallAt1, double recallAt5, double accuracy) {}

  private final String name;
  private final List<RgbImage> images;
  private final List<String> captions;
  private final List<Integer> labels;
  private final List<String> classNames;
  private final List<String> templates;

  private HeldOut(
      String name,
      List<RgbImage> images,
      List<String> captions,
      List<Integer> labels,
      List<String> classNames,
      List<String> templates) {
    this.name = name;
    this.images = List.copyOf(images);
    this.captions = List.copyOf(captions);
    this.labels = List.copyOf(labels);
    this.classNames = List.copyOf(classNames);
    this.templates = List.copyOf(templates);
  }

  /** Reads a benchmark folder ({@code test/0.tar}, {@code classnames.txt}, templates). */
  public static HeldOut benchmark(Path folder) throws IOException {
    List<RgbImage> images = new ArrayList<>();
    List<String> captions = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());
    for (Path shard : DescribedSet.shards(folder.resolve("test").toString())) {
      try (WebDatasetReader reader = new WebDatasetReader(shard)) {
        for (ShardSample sample : reader) {
          DecodeResult result = decoder.decode(sample.image().orElse(new byte[0]));
          if (result instanceof Decoded decoded) {
            images.add(decoded.image());
            sample.member("cls").ifPresent(label -> labels.add(Integer.parseInt(text(label))));
            sample
                .member("txt")
                .ifPresent(text -> captions.add(text(text).lines().findFirst().orElse("")));
          }
        }
      }
    }
    boolean classification = Files.exists(folder.resolve("classnames.txt"));
    return new HeldOut(
        folder.getFileName().toString(),
        images,
        captions,
        labels,
        classification ? Files.readAllLines(folder.resolve("classnames.txt")) : List.of(),
        classification
            ? Files.readAllLines(folder.resolve("zeroshot_classification_templates.txt"))
            : List.of());
  }

  /** Takes pairs for retrieval; pictures whose caption another one has too are left out. */
  static HeldOut pairs(String name, List<Described> pairs) {
    List<RgbImage> images = new ArrayList<>();
    List<String> captions = new ArrayList<>();
    for (Described pair : pairs) {
      if (!captions.contains(pair.texts().get(0))) {
        images.add(pair.image());
        captions.add(pair.texts().get(0));
      }
    }
    return new HeldOut(name, images, captions, List.of(), List.of(), List.of());
  }

  /** Reads shards of pairs, only those under permissive licences if asked. */
  public static HeldOut shards(String name, List<String> shards, boolean permissiveOnly)
      throws IOException {
    return pairs(name, DescribedSet.read(shards, 96, permissiveOnly));
  }

  /** Every text of the pairs in shards, for example to find copies of them. */
  public static List<String> allTexts(List<String> shards, boolean permissiveOnly)
      throws IOException {
    return DescribedSet.read(shards, 8, permissiveOnly).stream()
        .flatMap(pair -> pair.texts().stream())
        .toList();
  }

  /** Means over the sets that have the measure; NaN where none has. */
  public static Scores mean(List<Scores> scores) {
    return new Scores(
        scores.stream()
            .mapToDouble(Scores::recallAt1)
            .filter(Double::isFinite)
            .average()
            .orElse(Double.NaN),
        scores.stream()
            .mapToDouble(Scores::recallAt5)
            .filter(Double::isFinite)
            .average()
            .orElse(Double.NaN),
        scores.stream()
            .mapToDouble(Scores::accuracy)
            .filter(Double::isFinite)
            .average()
            .orElse(Double.NaN));
  }

  public String name() {
    return name;
  }

  public boolean isClassification() {
    return !classNames.isEmpty();
  }

  public int size() {
    return images.size();
  }

  public List<RgbImage> images() {
    return images;
  }

  /** One caption a picture; empty for classification. */
  public List<String> captions() {
    return captions;
  }

  public Scores evaluate(EmbeddingModel model) {
    float[][] pictures = model.images(images);
    if (isClassification()) {
      int[] predicted = predictions(pictures, model);
      int right = 0;
      for (int i = 0; i < predicted.length; i++) {
        right += predicted[i] == labels.get(i) ? 1 : 0;
      }
      return new Scores(Double.NaN, Double.NaN, 100.0 * right / predicted.length);
    }
    float[][] texts = model.texts(captions);
    double one = (recall(pictures, texts, 1) + recall(texts, pictures, 1)) / 2;
    double five = (recall(pictures, texts, 5) + recall(texts, pictures, 5)) / 2;
    return new Scores(one, five, Double.NaN);
  }

  /**
   * The same set with pictures as a model wants them, so that a look needs not scale them again.
   */
  public HeldOut prepared(Preprocessing preprocessing) {
    return new HeldOut(
        name,
        images.stream().map(preprocessing::apply).toList(),
        captions,
        labels,
        classNames,
        templates);
  }

  /**
   * Every query on its own, for paired comparisons: classification gives one a picture; retrieval
   * one a picture and then one a caption, right when its match is among the first k.
   */
  public boolean[] hits(EmbeddingModel model, int k) {
    double[] ranks = queryRanks(model);
    boolean[] hits = new boolean[ranks.length];
    for (int i = 0; i < hits.length; i++) {
      hits[i] = ranks[i] < k;
    }
    return hits;
  }

  /**
   * The rank of the right answer from 0, for each query in the order of {@link #hits};
   * classification knows only 0 (right) and infinity.
   */
  public double[] queryRanks(EmbeddingModel model) {
    float[][] pictures = model.images(images);
    if (isClassification()) {
      int[] predicted = predictions(pictures, model);
      double[] ranks = new double[predicted.length];
      for (int i = 0; i < ranks.length; i++) {
        ranks[i] = predicted[i] == labels.get(i) ? 0 : Double.POSITIVE_INFINITY;
      }
      return ranks;
    }
    float[][] texts = model.texts(captions);
    double[] ofPictures = ranks(pictures, texts);
    double[] ofTexts = ranks(texts, pictures);
    double[] ranks = Arrays.copyOf(ofPictures, ofPictures.length + ofTexts.length);
    System.arraycopy(ofTexts, 0, ranks, ofPictures.length, ofTexts.length);
    return ranks;
  }

  /** The class that the model chooses for each picture. */
  public int[] predictions(EmbeddingModel model) {
    return predictions(model.images(images), model);
  }

  private int[] predictions(float[][] pictures, EmbeddingModel model) {
    float[][] classes = new float[classNames.size()][];
    for (int c = 0; c < classes.length; c++) {
      String className = classNames.get(c);
      float[][] prompts =
          model.texts(templates.stream().map(t -> t.replace("{c}", className)).toList());
      classes[c] = mean(prompts);
    }
    int[] predicted = new int[pictures.length];
    for (int i = 0; i < pictures.length; i++) {
      double best = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes.length; c++) {
        double score = dot(pictures[i], classes[c]);
        if (score > best) {
          best = score;
          predicted[i] = c;
        }
      }
    }
    return predicted;
  }

  /** Rank of the matching column of each row, from 0; ties count half. */
  public static double[] ranks(float[][] rows, float[][] columns) {
    double[] ranks = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      double own = dot(rows[i], columns[i]);
      for (int j = 0; j < columns.length; j++) {
        double other = dot(rows[i], columns[j]);
        ranks[i] += j == i ? 0 : other > own ? 1 : other == own ? 0.5 : 0;
      }
    }
    return ranks;
  }

  private static double recall(float[][] rows, float[][] columns, int k) {
    double hits = 0;
    for (double rank : ranks(rows, columns)) {
      hits += rank < k ? 1 : 0;
    }
    return 100 * hits / rows.length;
  }

  private static float[] mean(float[][] rows) {
    float[] mean = new float[rows[0].length];
    for (float[] row : rows) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i];
      }
    }
    double norm = Math.sqrt(dot(mean, mean));
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= (float) norm;
    }
    return mean;
  }

  static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8).strip();
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s (%d)", name, size());
  }
}
