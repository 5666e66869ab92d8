package org.everclip.formats.image;

import java.util.Arrays;

/**
 * The 64-bit DCT hash: brightness at 32x32, the 8x8 lowest frequencies, one bit each for above the
 * median. Near copies differ in few bits; unrelated pictures in about 32.
 */
public final class PerceptualHash {
  private static final int SIDE = 32;
  private static final int LOW = 8;

  /** Coefficients below this are rounding noise of flat pictures and count as zero. */
  private static final double NOISE = 1e-6;

  private PerceptualHash() {}

  /** Returns the hash; bit 63 is the constant term, rows of frequencies follow. */
  public static long of(RgbImage image) {
    byte[] small = Resampler.resize(image, SIDE, SIDE, Filter.BILINEAR).pixels();
    double[] low = lowFrequencies(small);
    double[] sorted = low.clone();
    Arrays.sort(sorted);
    double median = (sorted[31] + sorted[32]) / 2;
    long hash = 0;
    for (double value : low) {
      hash = hash << 1 | (value > median + NOISE ? 1 : 0);
    }
    return hash;
  }

  /** Number of differing bits, 0 to 64. */
  public static int distance(long first, long second) {
    return Long.bitCount(first ^ second);
  }

  private static double[] lowFrequencies(byte[] rgb) {
    double[] cosines = new double[LOW * SIDE];
    for (int u = 0; u < LOW; u++) {
      for (int x = 0; x < SIDE; x++) {
        cosines[u * SIDE + x] = StrictMath.cos(Math.PI * u * (2 * x + 1) / (2 * SIDE));
      }
    }
    double[] rows = new double[SIDE * LOW];
    for (int y = 0; y < SIDE; y++) {
      for (int u = 0; u < LOW; u++) {
        double sum = 0;
        for (int x = 0; x < SIDE; x++) {
          sum += Luma.of(rgb, 3 * (y * SIDE + x)) * cosines[u * SIDE + x];
        }
        rows[y * LOW + u] = sum;
      }
    }
    double[] low = new double[LOW * LOW];
    for (int v = 0; v < LOW; v++) {
      for (int u = 0; u < LOW; u++) {
        double sum = 0;
        for (int y = 0; y < SIDE; y++) {
          sum += rows[y * LOW + u] * cosines[v * SIDE + y];
        }
        low[v * LOW + u] = sum;
      }
    }
    return low;
  }
}
