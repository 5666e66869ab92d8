package org.everclip.formats.image;

import java.io.IOException;

/**
 * Decodes untrusted pictures: format by content, limits from the header before any pixel,
 * truncation noticed, upright, alpha on white, values from the raster. Never throws for bad bytes.
 *
 * <p>Memory beyond the input is about 3 bytes a pixel (twice that while decoding other formats than
 * RGB JPEG and PNG); pictures of more than 16 Mpx are read at half or a third of their resolution.
 * Thread-safe.
 */
public final class ImageDecoder {
  private static final long FULL_RESOLUTION_PIXELS = 16_000_000;

  private final ImageLimits limits;

  public ImageDecoder(ImageLimits limits) {
    this.limits = limits;
  }

  /** Decodes or says why not. */
  public DecodeResult decode(byte[] bytes) {
    try {
      return decodeOrRefuse(bytes, limits, Profile.NORMAL);
    } catch (RefusedException refused) {
      return refused.toResult();
    } catch (IOException | RuntimeException | StackOverflowError broken) {
      return new Refused(Reason.UNREADABLE, "cannot be decoded: " + broken);
    }
  }

  /**
   * Decodes bytes that were accepted before, whatever this decoder's limits.
   *
   * @throws IllegalArgumentException when they are no picture after all
   */
  public RgbImage decodeTrusted(byte[] bytes) {
    return decodeTrusted(bytes, Profile.NORMAL);
  }

  /**
   * Decodes as the reference did when it drew DataCompDR's augmentations, so that its stored boxes
   * and magnitudes give its pixels: not turned upright, transparency ignored.
   *
   * @throws IllegalArgumentException when they are no picture
   */
  public RgbImage decodeAsReference(byte[] bytes) {
    return decodeTrusted(bytes, Profile.REFERENCE);
  }

  private static RgbImage decodeTrusted(byte[] bytes, Profile profile) {
    try {
      return decodeOrRefuse(bytes, ImageLimits.trusted(), profile).image();
    } catch (RefusedException | IOException | RuntimeException broken) {
      throw new IllegalArgumentException(
          "expected a stored picture, got "
              + bytes.length
              + " bytes that cannot be decoded: "
              + broken.getMessage(),
          broken);
    }
  }

  /** Reads the structure without pixels; null-free, refusing what is no picture. */
  static EncodedImage structure(byte[] bytes) throws RefusedException {
    if (bytes.length == 0) {
      throw new RefusedException(Reason.NO_IMAGE, "no bytes");
    }
    if (JpegFile.matches(bytes)) {
      return JpegFile.parse(bytes);
    }
    if (PngFile.matches(bytes)) {
      return PngFile.parse(bytes);
    }
    if (GifFile.matches(bytes)) {
      return GifFile.parse(bytes);
    }
    if (WebpFile.matches(bytes)) {
      return WebpFile.parse(bytes);
    }
    String other = OtherFormats.name(bytes);
    if (other.isEmpty()) {
      throw new RefusedException(
          Reason.NO_IMAGE, "neither JPEG, PNG, GIF nor WebP (" + bytes.length + " bytes)");
    }
    throw new RefusedException(
        Reason.FORMAT_UNSUPPORTED, other + "; JPEG, PNG, GIF and WebP are read");
  }

  private static Decoded decodeOrRefuse(byte[] bytes, ImageLimits limits, Profile profile)
      throws RefusedException, IOException {
    if (bytes.length > limits.maxBytes()) {
      throw new RefusedException(
          Reason.TOO_LARGE, bytes.length + " bytes, at most " + limits.maxBytes());
    }
    EncodedImage file = structure(bytes);
    checkSize(file.width(), file.height(), limits);
    int every = 1;
    long pixels = (long) file.width() * file.height();
    while (pixels / ((long) every * every) > FULL_RESOLUTION_PIXELS) {
      every++;
    }
    RgbImage stored = file.decode(every, profile);
    if (every == 1 && (stored.width() != file.width() || stored.height() != file.height())) {
      throw new RefusedException(
          Reason.UNREADABLE, "the pixels are " + stored + ", the header says otherwise");
    }
    RgbImage image =
        profile == Profile.NORMAL ? Orientation.upright(stored, file.orientation()) : stored;
    boolean normal = file.plain() && file.orientation() == 1 && every == 1;
    return new Decoded(image, file.format(), normal);
  }

  private static void checkSize(int width, int height, ImageLimits limits) throws RefusedException {
    String size = width + "x" + height + " pixels";
    if (width <= 0 || height <= 0) {
      throw new RefusedException(Reason.UNREADABLE, size);
    }
    int longer = Math.max(width, height);
    int shorter = Math.min(width, height);
    if (longer > limits.maxSide()) {
      throw new RefusedException(Reason.TOO_LARGE, size + ", side at most " + limits.maxSide());
    }
    if ((long) width * height > limits.maxPixels()) {
      throw new RefusedException(Reason.TOO_LARGE, size + ", at most " + limits.maxPixels());
    }
    if ((double) longer / shorter > limits.maxAspect()) {
      throw new RefusedException(Reason.ASPECT, size + ", aspect at most " + limits.maxAspect());
    }
    if (shorter < limits.minSide()) {
      throw new RefusedException(Reason.TOO_SMALL, size + ", side at least " + limits.minSide());
    }
  }
}
