package org.everclip.formats.image;

/**
 * What a picture may be before anything is allocated for it.
 *
 * @param maxBytes encoded size
 * @param maxSide longer side in pixels
 * @param maxPixels width x height
 * @param minSide shorter side in pixels
 * @param maxAspect longer side / shorter side
 */
public record ImageLimits(
    long maxBytes, int maxSide, long maxPixels, int minSide, double maxAspect) {
  public ImageLimits {
    if (maxBytes < 1 || maxSide < 1 || maxPixels < 1 || minSide < 1 || !(maxAspect >= 1)) {
      throw new IllegalArgumentException(
          "image limits must be positive and maxAspect at least 1, got maxBytes="
              + maxBytes
              + " maxSide="
              + maxSide
              + " maxPixels="
              + maxPixels
              + " minSide="
              + minSide
              + " maxAspect="
              + maxAspect);
    }
  }

  /** 3.5 MiB (so that a pair fits the smallest topic limit), 16384 px, 64 Mpx, 16 px, 20:1. */
  public static ImageLimits defaults() {
    return new ImageLimits(3_670_016, 16_384, 64_000_000, 16, 20);
  }

  /** Limits for pictures that this program stored itself: only what protects the memory. */
  static ImageLimits trusted() {
    return new ImageLimits(Integer.MAX_VALUE, 65_535, 256_000_000, 1, 65_535);
  }
}
