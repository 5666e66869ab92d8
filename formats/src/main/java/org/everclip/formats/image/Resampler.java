package org.everclip.formats.image;

import java.util.Arrays;

/**
 * Separable antialiased resampling with 22-bit fixed-point weights, bit for bit as Pillow does it
 * for 8-bit pictures (reference: augmentations, section 4). Stateless.
 */
public final class Resampler {
  private static final int PRECISION = 22;
  private static final int HALF = 1 << (PRECISION - 1);

  /** The taps of one output position start at {@code first[i]}; weights are {@code width} apart. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Taps(int[] first, int[] count, int[] weights, int width) {}

  private Resampler() {}

  /** Horizontal pass, then vertical; a pass is skipped where the length stays. */
  public static RgbImage resize(RgbImage image, int width, int height, Filter filter) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "expected a size of at least 1x1, got " + width + "x" + height);
    }
    RgbImage wide = image.width() == width ? image : horizontal(image, width, filter);
    return wide.height() == height ? wide : vertical(wide, height, filter);
  }

  private static RgbImage horizontal(RgbImage image, int width, Filter filter) {
    Taps taps = taps(image.width(), width, filter);
    byte[] from = image.pixels();
    byte[] to = new byte[Math.multiplyExact(3, Math.multiplyExact(width, image.height()))];
    int[] weights = taps.weights;
    int t = 0;
    for (int y = 0; y < image.height(); y++) {
      int row = 3 * y * image.width();
      for (int x = 0; x < width; x++, t += 3) {
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        int s = row + 3 * taps.first[x];
        int k = x * taps.width;
        int end = k + taps.count[x];
        for (; k < end; k++, s += 3) {
          int weight = weights[k];
          red += (from[s] & 0xff) * weight;
          green += (from[s + 1] & 0xff) * weight;
          blue += (from[s + 2] & 0xff) * weight;
        }
        to[t] = clamp(red);
        to[t + 1] = clamp(green);
        to[t + 2] = clamp(blue);
      }
    }
    return new RgbImage(width, image.height(), to);
  }

  private static RgbImage vertical(RgbImage image, int height, Filter filter) {
    Taps taps = taps(image.height(), height, filter);
    byte[] from = image.pixels();
    int stride = 3 * image.width();
    byte[] to = new byte[Math.multiplyExact(stride, height)];
    int[] sums = new int[stride];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, HALF);
      for (int k = 0; k < taps.count[y]; k++) {
        int weight = taps.weights[y * taps.width + k];
        int row = (taps.first[y] + k) * stride;
        for (int i = 0; i < stride; i++) {
          sums[i] += (from[row + i] & 0xff) * weight;
        }
      }
      int t = y * stride;
      for (int i = 0; i < stride; i++) {
        to[t + i] = clamp(sums[i]);
      }
    }
    return new RgbImage(image.width(), height, to);
  }

  private static byte clamp(int sum) {
    int value = sum >> PRECISION;
    return (byte) (value < 0 ? 0 : Math.min(value, 255));
  }

  private static Taps taps(int lengthIn, int lengthOut, Filter filter) {
    double scale = (double) lengthIn / lengthOut;
    double stretch = Math.max(scale, 1);
    double support = filter.support() * stretch;
    int width = (int) Math.ceil(support) * 2 + 1;
    int[] first = new int[lengthOut];
    int[] count = new int[lengthOut];
    int[] weights = new int[Math.multiplyExact(width, lengthOut)];
    double[] exact = new double[width];
    for (int i = 0; i < lengthOut; i++) {
      double center = (i + 0.5) * scale;
      int from = Math.max((int) (center - support + 0.5), 0);
      int to = Math.min((int) (center + support + 0.5), lengthIn);
      double sum = 0;
      for (int k = 0; k < to - from; k++) {
        exact[k] = filter.weight((k + from - center + 0.5) * (1 / stretch));
        sum += exact[k];
      }
      for (int k = 0; k < to - from; k++) {
        double scaled = exact[k] / sum * (1 << PRECISION);
        weights[i * width + k] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      }
      first[i] = from;
      count[i] = to - from;
    }
    return new Taps(first, count, weights, width);
  }
}
