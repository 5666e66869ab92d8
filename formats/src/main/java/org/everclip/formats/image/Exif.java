package org.everclip.formats.image;

/** The one thing wanted from EXIF: tag 0x0112 of the first directory. */
final class Exif {
  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;

  private Exif() {}

  /** Returns the orientation in the TIFF block, or 1 when it is absent or makes no sense. */
  static int orientation(byte[] bytes, int start, int length) {
    int end = Math.min(bytes.length, start + length);
    if (end - start < 14) {
      return 1;
    }
    boolean little = bytes[start] == 'I' && bytes[start + 1] == 'I';
    if (!little && !(bytes[start] == 'M' && bytes[start + 1] == 'M')) {
      return 1;
    }
    long directory = u32(bytes, start + 4, little);
    if (directory > end - start - 2) {
      return 1;
    }
    int at = start + (int) directory;
    int count = u16(bytes, at, little);
    for (int i = 0; i < count && at + 2 + 12 * (i + 1) <= end; i++) {
      int entry = at + 2 + 12 * i;
      if (u16(bytes, entry, little) == ORIENTATION && u16(bytes, entry + 2, little) == SHORT) {
        int value = u16(bytes, entry + 8, little);
        return value >= 1 && value <= 8 ? value : 1;
      }
    }
    return 1;
  }

  private static int u16(byte[] bytes, int at, boolean little) {
    int first = bytes[at] & 0xff;
    int second = bytes[at + 1] & 0xff;
    return little ? second << 8 | first : first << 8 | second;
  }

  private static long u32(byte[] bytes, int at, boolean little) {
    long first = u16(bytes, at, little);
    long second = u16(bytes, at + 2, little);
    return little ? second << 16 | first : first << 16 | second;
  }
}
