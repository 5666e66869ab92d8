package org.everclip.formats.image;

/**
 * The form in which pictures are stored: upright 8-bit RGB without alpha as JPEG or PNG, no side
 * above a limit. Only pictures that need it are encoded again; bulky metadata and appended bytes
 * are cut off without touching the pixels.
 */
public final class NormalForm {
  private static final float QUALITY = 0.95f;
  private static final int TOLERATED_EXCESS_BYTES = 4096;

  /**
   * What to store.
   *
   * @param bytes not copied, do not modify
   * @param image exactly what {@code bytes} decode to
   * @param reencoded whether the pixels went through an encoder
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Result(byte[] bytes, RgbImage image, boolean reencoded) {}

  private NormalForm() {}

  /** Brings a decoded picture into normal form; {@code maxStoredSide} bounds its longer side. */
  public static Result of(byte[] original, Decoded decoded, int maxStoredSide) {
    RgbImage image = decoded.image();
    int longer = Math.max(image.width(), image.height());
    if (decoded.normalized() && longer <= maxStoredSide) {
      return new Result(withoutExcess(original), image, false);
    }
    if (longer > maxStoredSide) {
      image =
          Resampler.resize(
              image,
              Math.max(1, (int) ((long) image.width() * maxStoredSide / longer)),
              Math.max(1, (int) ((long) image.height() * maxStoredSide / longer)),
              Filter.BICUBIC);
    }
    byte[] jpeg = ImageEncoder.jpeg(image, QUALITY);
    if (decoded.format().equals("png") || decoded.format().equals("gif")) {
      byte[] png = ImageEncoder.png(image);
      if (png.length <= 4 * jpeg.length) {
        return new Result(png, image, true);
      }
    }
    RgbImage stored = new ImageDecoder(ImageLimits.trusted()).decodeTrusted(jpeg);
    return new Result(jpeg, stored, true);
  }

  private static byte[] withoutExcess(byte[] original) {
    try {
      EncodedImage file = ImageDecoder.structure(original);
      byte[] stripped = file.stripped();
      boolean bulky = original.length - stripped.length > TOLERATED_EXCESS_BYTES;
      return bulky || file.trailing() ? stripped : original;
    } catch (RefusedException impossible) {
      throw new IllegalArgumentException(
          "expected the bytes that were decoded before: " + impossible.getMessage(), impossible);
    }
  }
}
