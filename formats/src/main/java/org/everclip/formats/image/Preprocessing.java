package org.everclip.formats.image;

import java.util.Arrays;

/**
 * From a picture to what a model sees: a square of {@code size} pixels, then (v / 255 - mean) / std
 * a channel, in float32, channels first. A model's description carries it as JSON with these names.
 *
 * @param mean of R, G, B in [0, 1]; not copied
 * @param std of R, G, B; not copied
 */
@SuppressWarnings({"ArrayRecordComponent", "FloatingPointLiteralPrecision"})
public record Preprocessing(int size, float[] mean, float[] std, Filter filter, Fit fit) {
  private static final int WHITE = 0xffffff;

  public Preprocessing {
    if (size < 1) {
      throw new IllegalArgumentException("expected a positive size in pixels, got " + size);
    }
    if (mean.length != 3 || std.length != 3 || std[0] <= 0 || std[1] <= 0 || std[2] <= 0) {
      throw new IllegalArgumentException(
          "expected three means and three positive deviations, got "
              + Arrays.toString(mean)
              + " and "
              + Arrays.toString(std));
    }
  }

  /** Plain [0, 1] input as the released MobileCLIP models take it: bilinear, centre crop. */
  public static Preprocessing plain(int size) {
    return new Preprocessing(
        size, new float[] {0, 0, 0}, new float[] {1, 1, 1}, Filter.BILINEAR, Fit.CENTER_CROP);
  }

  /** CLIP's published mean and deviation, bicubic, centre crop. */
  public static Preprocessing openAi(int size) {
    return new Preprocessing(
        size,
        new float[] {0.48145466f, 0.4578275f, 0.40821073f},
        new float[] {0.26862954f, 0.26130258f, 0.27577711f},
        Filter.BICUBIC,
        Fit.CENTER_CROP);
  }

  /** Returns the square picture; reference: architectures, section 6. */
  public RgbImage apply(RgbImage image) {
    int width;
    int height;
    if (fit == Fit.CENTER_CROP) {
      int shorter = Math.min(image.width(), image.height());
      width = (int) ((long) size * image.width() / shorter);
      height = (int) ((long) size * image.height() / shorter);
    } else {
      // The reference cuts fractions off when it crops, and rounds them when it pads.
      double scale = Math.max(image.width(), image.height()) / (double) size;
      width = Math.max(1, (int) Math.rint(image.width() / scale));
      height = Math.max(1, (int) Math.rint(image.height() / scale));
    }
    RgbImage scaled = Resampler.resize(image, width, height, filter);
    if (width == size && height == size) {
      return scaled;
    }
    if (fit == Fit.PAD_WHITE) {
      return onSquare(scaled, size);
    }
    // Half of an odd difference goes to the even side, as Python rounds.
    int left = (int) Math.rint((width - size) / 2.0);
    int top = (int) Math.rint((height - size) / 2.0);
    return scaled.crop(left, top, size, size);
  }

  /**
   * Returns the picture centred on the smallest white square that holds it; nothing is scaled, so
   * bound the longer side (normal form does) before.
   */
  public static RgbImage padToSquare(RgbImage image) {
    return image.width() == image.height()
        ? image
        : onSquare(image, Math.max(image.width(), image.height()));
  }

  private static RgbImage onSquare(RgbImage image, int side) {
    RgbImage square = RgbImage.filled(side, side, WHITE);
    image.copyInto(square, (side - image.width()) / 2, (side - image.height()) / 2);
    return square;
  }

  /** Writes 3 x size x size floats (C, H, W) at {@code offset}. */
  public void toTensor(RgbImage square, float[] target, int offset) {
    if (square.width() != size || square.height() != size) {
      throw new IllegalArgumentException(
          "expected a picture of " + size + "x" + size + ", got " + square);
    }
    byte[] pixels = square.pixels();
    int plane = size * size;
    for (int channel = 0; channel < 3; channel++) {
      float[] values = table(channel);
      int t = offset + channel * plane;
      for (int s = channel; s < pixels.length; s += 3) {
        target[t++] = values[pixels[s] & 0xff];
      }
    }
  }

  private float[] table(int channel) {
    float[] values = new float[256];
    for (int v = 0; v < values.length; v++) {
      values[v] = (v / 255f - mean[channel]) / std[channel];
    }
    return values;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Preprocessing that
        && size == that.size
        && Arrays.equals(mean, that.mean)
        && Arrays.equals(std, that.std)
        && filter == that.filter
        && fit == that.fit;
  }

  @Override
  public int hashCode() {
    int arrays = 31 * Arrays.hashCode(mean) + Arrays.hashCode(std);
    return 31 * (31 * (31 * size + arrays) + filter.hashCode()) + fit.hashCode();
  }
}
