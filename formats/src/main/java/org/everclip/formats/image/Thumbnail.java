package org.everclip.formats.image;

/** A picture at 16x16 RGB: 768 bytes that confirm or refute what a perceptual hash suspects. */
public final class Thumbnail {
  private static final int SIDE = 16;

  private Thumbnail() {}

  public static byte[] of(RgbImage image) {
    return Resampler.resize(image, SIDE, SIDE, Filter.BILINEAR).pixels().clone();
  }

  /** Root of the mean squared difference in levels, 0 to 255. */
  public static double rms(byte[] first, byte[] second) {
    if (first.length != second.length || first.length == 0) {
      throw new IllegalArgumentException(
          "expected two thumbnails of one size, got "
              + first.length
              + " and "
              + second.length
              + " bytes");
    }
    long sum = 0;
    for (int i = 0; i < first.length; i++) {
      int difference = (first[i] & 0xff) - (second[i] & 0xff);
      sum += (long) difference * difference;
    }
    return Math.sqrt((double) sum / first.length);
  }
}
