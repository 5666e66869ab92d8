package org.everclip.bench;

import java.nio.ByteBuffer;
import java.util.Locale;
import org.everclip.formats.embedding.EmbeddingEncoding;

/**
 * What an encoding does to a teacher's judgement of pictures and captions, against the rows as the
 * teacher gave them.
 *
 * @param leastCosine of a row with what was stored of it
 * @param logitError root mean square of the change of a logit at scale 100
 * @param divergence mean Kullback-Leibler divergence, in nats, of the teacher's distribution over
 *     the captions of a batch of 128 at scale 100: what the distillation learns from
 * @param firstAgrees share of pictures whose nearest caption of all is the same
 * @param recall share of pictures whose own caption is among the nearest five, before and after
 */
record StoredRowsError(
    EmbeddingEncoding encoding,
    double leastCosine,
    double logitError,
    double divergence,
    double firstAgrees,
    double[] recall) {

  private static final int BATCH = 128;
  private static final double SCALE = 100;

  static StoredRowsError of(EmbeddingEncoding encoding, float[][] images, float[][] texts) {
    float[][] storedImages = stored(encoding, images);
    float[][] storedTexts = stored(encoding, texts);
    double least = 1;
    double squares = 0;
    double divergence = 0;
    int agree = 0;
    int rows = images.length;
    int distributions = 0;
    double[] recall = new double[2];
    for (int i = 0; i < rows; i++) {
      least = Math.min(least, cosine(images[i], storedImages[i]));
      least = Math.min(least, cosine(texts[i], storedTexts[i]));
      double[] before = logits(images[i], texts);
      double[] after = logits(storedImages[i], storedTexts);
      for (int j = 0; j < rows; j++) {
        squares += Math.pow(before[j] - after[j], 2) / rows / rows;
      }
      agree += best(before) == best(after) ? 1 : 0;
      recall[0] += rank(before, i) < 5 ? 1.0 / rows : 0;
      recall[1] += rank(after, i) < 5 ? 1.0 / rows : 0;
      int batch = i / BATCH * BATCH;
      if (batch + BATCH <= rows) {
        divergence += divergence(before, after, batch);
        distributions++;
      }
    }
    return new StoredRowsError(
        encoding,
        least,
        Math.sqrt(squares),
        divergence / Math.max(1, distributions),
        (double) agree / rows,
        recall);
  }

  void print(int teacher) {
    System.out.printf(
        Locale.ROOT,
        "%-14s  teacher %d: least cosine %.6f, logit error %.4f, divergence %.2e nats, "
            + "nearest caption agrees %.1f %%, recall@5 %.1f -> %.1f %%%n",
        encoding.id(),
        teacher + 1,
        leastCosine,
        logitError,
        divergence,
        100 * firstAgrees,
        100 * recall[0],
        100 * recall[1]);
  }

  private static float[][] stored(EmbeddingEncoding encoding, float[][] rows) {
    float[][] stored = new float[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      int dim = rows[i].length;
      stored[i] = encoding.open(ByteBuffer.wrap(encoding.encode(rows[i], dim)), dim).values();
    }
    return stored;
  }

  private static double[] logits(float[] row, float[][] columns) {
    double[] logits = new double[columns.length];
    for (int j = 0; j < columns.length; j++) {
      logits[j] = SCALE * dot(row, columns[j]);
    }
    return logits;
  }

  private static double divergence(double[] before, double[] after, int from) {
    double p = logSum(before, from);
    double q = logSum(after, from);
    double sum = 0;
    for (int j = from; j < from + BATCH; j++) {
      sum += Math.exp(before[j] - p) * (before[j] - p - after[j] + q);
    }
    return sum;
  }

  private static double logSum(double[] logits, int from) {
    double most = Double.NEGATIVE_INFINITY;
    for (int j = from; j < from + BATCH; j++) {
      most = Math.max(most, logits[j]);
    }
    double sum = 0;
    for (int j = from; j < from + BATCH; j++) {
      sum += Math.exp(logits[j] - most);
    }
    return most + Math.log(sum);
  }

  private static int best(double[] logits) {
    int best = 0;
    for (int j = 1; j < logits.length; j++) {
      best = logits[j] > logits[best] ? j : best;
    }
    return best;
  }

  private static int rank(double[] logits, int own) {
    int better = 0;
    for (double logit : logits) {
      better += logit > logits[own] ? 1 : 0;
    }
    return better;
  }

  private static double cosine(float[] a, float[] b) {
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
