package org.everclip.formats.image;

import java.nio.charset.StandardCharsets;

/** Names picture formats that are recognised only to say that they are not read. */
final class OtherFormats {
  private OtherFormats() {}

  /** Returns the name, or an empty string when the bytes look like no picture at all. */
  static String name(byte[] bytes) {
    String head = new String(bytes, 0, Math.min(16, bytes.length), StandardCharsets.ISO_8859_1);
    if (head.startsWith("BM")) {
      return "a BMP";
    }
    if (head.startsWith("II*\0") || head.startsWith("MM\0*")) {
      return "a TIFF";
    }
    if (head.length() >= 12 && head.startsWith("ftyp", 4)) {
      return head.startsWith("avif", 8) ? "an AVIF" : "an ISO media file (HEIF or video)";
    }
    if (head.startsWith("\u00ff\n") || head.startsWith("\0\0\0\fJXL ")) {
      return "a JPEG XL";
    }
    return "";
  }
}
