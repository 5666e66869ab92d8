package org.everclip.formats.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A PNG's chunks (ISO/IEC 15948). The pixel decoder sees only the critical ones; palette and
 * transparency are applied here, to raw samples. Of an animation the default picture is taken.
 */
@SuppressWarnings("ArrayRecordComponent")
record PngFile(
    int width,
    int height,
    int bits,
    int colourType,
    byte[] palette,
    byte @Nullable [] transparency,
    int orientation,
    boolean animated,
    boolean trailing,
    byte[] critical,
    byte[] stripped)
    implements EncodedImage {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};
  private static final int GREY = 0;
  private static final int RGB = 2;
  private static final int INDEXED = 3;

  static boolean matches(byte[] bytes) {
    return bytes.length >= 8 && Arrays.equals(bytes, 0, 8, SIGNATURE, 0, 8);
  }

  static PngFile parse(byte[] bytes) throws RefusedException {
    ByteArrayOutputStream critical = new ByteArrayOutputStream(bytes.length);
    ByteArrayOutputStream stripped = new ByteArrayOutputStream(bytes.length);
    critical.writeBytes(SIGNATURE);
    stripped.writeBytes(SIGNATURE);
    byte[] palette = new byte[0];
    byte[] transparency = null;
    int orientation = 1;
    boolean animated = false;
    boolean ended = false;
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    int at = 8;
    while (!ended) {
      if (at + 12 > bytes.length) {
        throw new RefusedException(Reason.TRUNCATED, "the PNG has no end chunk");
      }
      int length = buffer.getInt(at);
      if (length < 0 || length > bytes.length - at - 12) {
        throw new RefusedException(Reason.TRUNCATED, "the PNG ends inside a chunk");
      }
      String type = new String(bytes, at + 4, 4, StandardCharsets.ISO_8859_1);
      boolean first = at == 8;
      if (first != type.equals("IHDR") || (first && length != 13)) {
        throw new RefusedException(Reason.UNREADABLE, "the PNG does not begin with its header");
      }
      boolean needed = "IHDR PLTE IDAT IEND tRNS".contains(type);
      if (needed) {
        checkSum(bytes, buffer, at, length, type);
        stripped.write(bytes, at, length + 12);
      }
      byte[] data =
          type.equals("IDAT") ? bytes : Arrays.copyOfRange(bytes, at + 8, at + 8 + length);
      switch (type) {
        case "PLTE" -> palette = data;
        case "tRNS" -> transparency = data;
        case "eXIf" -> orientation = Exif.orientation(data, 0, data.length);
        case "acTL" -> animated = true;
        case "IEND" -> ended = true;
        default -> {}
      }
      if (needed && !type.equals("tRNS")) {
        critical.write(bytes, at, length + 12);
      }
      at += length + 12;
    }
    return new PngFile(
        buffer.getInt(16),
        buffer.getInt(20),
        bytes[24],
        bytes[25],
        palette,
        transparency,
        orientation,
        animated,
        at < bytes.length,
        critical.toByteArray(),
        stripped.toByteArray());
  }

  private static void checkSum(byte[] bytes, ByteBuffer buffer, int at, int length, String type)
      throws RefusedException {
    CRC32 crc = new CRC32();
    crc.update(bytes, at + 4, length + 4);
    if ((int) crc.getValue() != buffer.getInt(at + 8 + length)) {
      throw new RefusedException(Reason.UNREADABLE, "wrong checksum in the PNG's " + type);
    }
  }

  @Override
  public String format() {
    return "png";
  }

  @Override
  public boolean plain() {
    return bits <= 8 && colourType < 4 && transparency == null && !animated;
  }

  @Override
  public RgbImage decode(int every, Profile profile) throws IOException, RefusedException {
    BufferedImage image = Readers.read("png", critical, every, new ArrayList<>(List.of()));
    byte[] clear = profile == Profile.NORMAL ? transparency : null;
    if (colourType == INDEXED) {
      return Samples.throughPalette(image, colours(clear));
    }
    if (colourType == GREY && bits <= 8) {
      return Samples.throughPalette(image, greys(clear));
    }
    RgbImage rgb = Samples.toRgb(image, bits == 16, profile);
    if (colourType == RGB && bits == 8 && clear != null && clear.length >= 6) {
      whiten(rgb.pixels(), clear);
    }
    return rgb;
  }

  private int[] colours(byte @Nullable [] clear) {
    int[] argb = new int[palette.length / 3];
    for (int i = 0; i < argb.length; i++) {
      int alpha = clear != null && i < clear.length ? clear[i] & 0xff : 255;
      argb[i] =
          alpha << 24
              | (palette[3 * i] & 0xff) << 16
              | (palette[3 * i + 1] & 0xff) << 8
              | (palette[3 * i + 2] & 0xff);
    }
    return argb;
  }

  private int[] greys(byte @Nullable [] clear) {
    int[] argb = new int[1 << bits];
    for (int i = 0; i < argb.length; i++) {
      argb[i] = 0xff000000 | i * 255 / (argb.length - 1) * 0x010101;
    }
    if (clear != null && clear.length >= 2) {
      argb[clear[1] & argb.length - 1] = 0;
    }
    return argb;
  }

  private static void whiten(byte[] rgb, byte[] clear) {
    for (int i = 0; i < rgb.length; i += 3) {
      if (rgb[i] == clear[1] && rgb[i + 1] == clear[3] && rgb[i + 2] == clear[5]) {
        Arrays.fill(rgb, i, i + 3, (byte) 255);
      }
    }
  }
}
