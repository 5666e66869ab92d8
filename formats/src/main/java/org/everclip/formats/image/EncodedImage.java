package org.everclip.formats.image;

import java.io.IOException;

/** The structure of an encoded picture, known from its header; pixels come only on request. */
interface EncodedImage {
  String format();

  int width();

  int height();

  /** EXIF orientation, 1 (upright) to 8. */
  int orientation();

  /** True when any reader sees the pixels that {@link #decode} gives. */
  boolean plain();

  /**
   * Returns the pixels as stored (not turned).
   *
   * @param every keep each {@code every}-th pixel in both directions, to bound memory
   */
  RgbImage decode(int every, Profile profile) throws IOException, RefusedException;

  /** Whether bytes follow the end of the picture, as in files that are two things at once. */
  boolean trailing();

  /** The same picture without metadata and trailing bytes; pixels unchanged. */
  byte[] stripped();
}
