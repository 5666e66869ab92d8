package org.everclip.evaluation.metric;

/**
 * Cosines of one unit row with many. Sums run over ascending dimensions in float32, so a pair has
 * the same cosine wherever it is computed; the loop over columns is inside, where the compiler
 * makes vector instructions of it. Thread-safe.
 */
public final class Columns {

  private final float[][] byDimension;
  private final int count;

  private Columns(float[][] byDimension, int count) {
    this.byDimension = byDimension;
    this.count = count;
  }

  /** Takes rows [from, to) of [n, d] as columns. */
  public static Columns of(float[][] rows, int from, int to) {
    int dimensions = rows[from].length;
    float[][] turned = new float[dimensions][to - from];
    for (int c = from; c < to; c++) {
      for (int d = 0; d < dimensions; d++) {
        turned[d][c - from] = rows[c][d];
      }
    }
    return new Columns(turned, to - from);
  }

  public static Columns of(float[][] rows) {
    return of(rows, 0, rows.length);
  }

  public int count() {
    return count;
  }

  /** The cosines [count] of a row [d]. */
  public float[] times(float[] row) {
    float[] sums = new float[count];
    for (int d = 0; d < row.length; d++) {
      float value = row[d];
      float[] line = byDimension[d];
      for (int c = 0; c < sums.length; c++) {
        sums[c] += value * line[c];
      }
    }
    return sums;
  }

  /** The same sum for a single pair. */
  static float dot(float[] a, float[] b) {
    float sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += a[d] * b[d];
    }
    return sum;
  }
}
