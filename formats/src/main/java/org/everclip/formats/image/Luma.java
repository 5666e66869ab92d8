package org.everclip.formats.image;

/** Brightness in the fixed point of ITU-R 601 that Pillow uses. */
public final class Luma {
  private Luma() {}

  /** Returns 0..255 of the pixel whose red byte is at {@code at}. */
  public static int of(byte[] rgb, int at) {
    return (19595 * (rgb[at] & 0xff)
            + 38470 * (rgb[at + 1] & 0xff)
            + 7471 * (rgb[at + 2] & 0xff)
            + 32768)
        >> 16;
  }
}
