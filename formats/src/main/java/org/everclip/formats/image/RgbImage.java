package org.everclip.formats.image;

import java.util.Arrays;

/**
 * An 8-bit RGB picture.
 *
 * @param pixels row-major, three bytes a pixel in the order R, G, B; not copied, do not modify
 */
@SuppressWarnings("ArrayRecordComponent")
public record RgbImage(int width, int height, byte[] pixels) {
  public RgbImage {
    if (width < 1 || height < 1 || pixels.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "expected 3 x width x height bytes of RGB, got "
              + pixels.length
              + " bytes for "
              + width
              + "x"
              + height);
    }
  }

  /** A picture of one colour, given as 0xRRGGBB. */
  public static RgbImage filled(int width, int height, int rgb) {
    byte[] pixels = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
    for (int i = 0; i < pixels.length; i += 3) {
      pixels[i] = (byte) (rgb >> 16);
      pixels[i + 1] = (byte) (rgb >> 8);
      pixels[i + 2] = (byte) rgb;
    }
    return new RgbImage(width, height, pixels);
  }

  /** Returns the box as a new picture; what lies outside of this picture is black. */
  public RgbImage crop(int left, int top, int cropWidth, int cropHeight) {
    byte[] cropped = new byte[Math.multiplyExact(3, Math.multiplyExact(cropWidth, cropHeight))];
    RgbImage target = new RgbImage(cropWidth, cropHeight, cropped);
    copyInto(target, -(long) left, -(long) top);
    return target;
  }

  /** Copies this picture with its upper left corner at (left, top) of the target, clipped to it. */
  void copyInto(RgbImage target, long left, long top) {
    long fromX = Math.max(0, -left);
    long toX = Math.min(width, target.width - left);
    long fromY = Math.max(0, -top);
    long toY = Math.min(height, target.height - top);
    if (fromX >= toX) {
      return;
    }
    for (long y = fromY; y < toY; y++) {
      System.arraycopy(
          pixels,
          (int) (3 * (y * width + fromX)),
          target.pixels,
          (int) (3 * ((y + top) * target.width + fromX + left)),
          (int) (3 * (toX - fromX)));
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RgbImage image
        && width == image.width
        && height == image.height
        && Arrays.equals(pixels, image.pixels);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * width + height) + Arrays.hashCode(pixels);
  }

  @Override
  public String toString() {
    return "RgbImage[" + width + "x" + height + "]";
  }
}
