package org.everclip.formats.augment;

import java.util.Arrays;
import org.everclip.formats.image.Luma;
import org.everclip.formats.image.RgbImage;

/**
 * Operations that change values in place. Float32 arithmetic as written is part of the definition:
 * products and sums are rounded separately.
 */
final class Tones {
  private static final float SIDE = 1f / 13;
  private static final float CENTER = 5f / 13;

  private Tones() {}

  static RgbImage brightness(RgbImage image, double level) {
    return blend(image, new byte[image.pixels().length], level);
  }

  static RgbImage color(RgbImage image, double level) {
    byte[] from = image.pixels();
    byte[] grey = new byte[from.length];
    for (int i = 0; i < grey.length; i += 3) {
      byte luma = (byte) Luma.of(from, i);
      grey[i] = luma;
      grey[i + 1] = luma;
      grey[i + 2] = luma;
    }
    return blend(image, grey, level);
  }

  static RgbImage contrast(RgbImage image, double level) {
    byte[] from = image.pixels();
    long sum = 0;
    for (int i = 0; i < from.length; i += 3) {
      sum += Luma.of(from, i);
    }
    byte mean = (byte) (int) (sum / (from.length / 3.0) + 0.5);
    byte[] flat = new byte[from.length];
    Arrays.fill(flat, mean);
    return blend(image, flat, level);
  }

  static RgbImage sharpness(RgbImage image, double level) {
    return blend(image, smooth(image), level);
  }

  /** degenerate + (1 + level) (picture - degenerate). */
  private static RgbImage blend(RgbImage image, byte[] degenerate, double level) {
    float factor = (float) (1 + level);
    byte[] from = image.pixels();
    if (factor == 1f) {
      return image;
    }
    byte[] to = new byte[from.length];
    for (int i = 0; i < to.length; i++) {
      int base = degenerate[i] & 0xff;
      float value = base + factor * ((from[i] & 0xff) - base);
      to[i] = (byte) (value <= 0 ? 0 : value >= 255 ? 255 : (int) value);
    }
    return new RgbImage(image.width(), image.height(), to);
  }

  private static byte[] smooth(RgbImage image) {
    int stride = 3 * image.width();
    byte[] from = image.pixels();
    byte[] to = from.clone();
    if (image.width() < 3 || image.height() < 3) {
      return to;
    }
    for (int y = 1; y < image.height() - 1; y++) {
      for (int i = y * stride + 3; i < (y + 1) * stride - 3; i++) {
        float sum = 0.5f;
        sum += row(from, i + stride, SIDE);
        sum += row(from, i, CENTER);
        sum += row(from, i - stride, SIDE);
        to[i] = (byte) (sum <= 0 ? 0 : sum >= 255 ? 255 : (int) sum);
      }
    }
    return to;
  }

  private static float row(byte[] from, int i, float middle) {
    return (from[i - 3] & 0xff) * SIDE + (from[i] & 0xff) * middle + (from[i + 3] & 0xff) * SIDE;
  }

  static RgbImage posterize(RgbImage image, int bits) {
    int mask = -(1 << (8 - Math.max(0, Math.min(8, bits))));
    byte[] table = new byte[256];
    for (int v = 0; v < 256; v++) {
      table[v] = (byte) (v & mask);
    }
    return through(image, table, table, table);
  }

  static RgbImage solarize(RgbImage image, double threshold) {
    byte[] table = new byte[256];
    for (int v = 0; v < 256; v++) {
      table[v] = (byte) (v < threshold ? v : 255 - v);
    }
    return through(image, table, table, table);
  }

  static RgbImage autoContrast(RgbImage image) {
    byte[][] tables = new byte[3][];
    for (int channel = 0; channel < 3; channel++) {
      tables[channel] = stretched(histogram(image, channel));
    }
    return through(image, tables[0], tables[1], tables[2]);
  }

  private static byte[] stretched(int[] histogram) {
    int low = 0;
    while (histogram[low] == 0) {
      low++;
    }
    int high = 255;
    while (histogram[high] == 0) {
      high--;
    }
    byte[] table = identity();
    if (high > low) {
      double scale = 255.0 / (high - low);
      double offset = -low * scale;
      for (int v = 0; v < 256; v++) {
        int value = (int) (v * scale + offset);
        table[v] = (byte) Math.max(0, Math.min(255, value));
      }
    }
    return table;
  }

  static RgbImage equalize(RgbImage image) {
    byte[][] tables = new byte[3][];
    for (int channel = 0; channel < 3; channel++) {
      tables[channel] = equalized(histogram(image, channel));
    }
    return through(image, tables[0], tables[1], tables[2]);
  }

  private static byte[] equalized(int[] histogram) {
    byte[] table = identity();
    int total = 0;
    int filled = 0;
    int last = 0;
    for (int count : histogram) {
      total += count;
      if (count > 0) {
        filled++;
        last = count;
      }
    }
    int step = (total - last) / 255;
    if (filled <= 1 || step == 0) {
      return table;
    }
    int sum = step / 2;
    for (int v = 0; v < 256; v++) {
      table[v] = (byte) Math.min(255, sum / step);
      sum += histogram[v];
    }
    return table;
  }

  private static int[] histogram(RgbImage image, int channel) {
    int[] histogram = new int[256];
    byte[] pixels = image.pixels();
    for (int i = channel; i < pixels.length; i += 3) {
      histogram[pixels[i] & 0xff]++;
    }
    return histogram;
  }

  private static byte[] identity() {
    byte[] table = new byte[256];
    for (int v = 0; v < 256; v++) {
      table[v] = (byte) v;
    }
    return table;
  }

  private static RgbImage through(RgbImage image, byte[] red, byte[] green, byte[] blue) {
    byte[] from = image.pixels();
    byte[] to = new byte[from.length];
    for (int i = 0; i < to.length; i += 3) {
      to[i] = red[from[i] & 0xff];
      to[i + 1] = green[from[i + 1] & 0xff];
      to[i + 2] = blue[from[i + 2] & 0xff];
    }
    return new RgbImage(image.width(), image.height(), to);
  }
}
