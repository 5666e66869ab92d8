package org.everclip.formats.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;

/** A still WebP (RFC 9649); the decoder sees the picture chunks, never profile or metadata. */
@SuppressWarnings("ArrayRecordComponent")
record WebpFile(int width, int height, int orientation, byte[] stripped) implements EncodedImage {
  private static final int ANIMATED = 0x02;
  private static final int ALPHA = 0x10;

  static boolean matches(byte[] bytes) {
    return bytes.length >= 12 && text(bytes, 0).equals("RIFF") && text(bytes, 8).equals("WEBP");
  }

  static WebpFile parse(byte[] bytes) throws RefusedException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    ByteArrayOutputStream chunks = new ByteArrayOutputStream(bytes.length);
    long end = 8 + Integer.toUnsignedLong(buffer.getInt(4));
    if (end > bytes.length) {
      throw new RefusedException(
          Reason.TRUNCATED, "the WebP says " + end + " bytes and has " + bytes.length);
    }
    int width = 0;
    int height = 0;
    int orientation = 1;
    boolean picture = false;
    int at = 12;
    while (at + 8 <= end) {
      String type = text(bytes, at);
      long length = Integer.toUnsignedLong(buffer.getInt(at + 4));
      if (length > end - at - 8) {
        throw new RefusedException(Reason.TRUNCATED, "the WebP ends inside its " + type);
      }
      int padded = (int) Math.min(end - at, 8 + length + (length & 1));
      byte[] chunk = Arrays.copyOfRange(bytes, at, at + padded);
      if (type.equals("VP8X") && length >= 10) {
        if ((chunk[8] & ANIMATED) != 0) {
          throw new RefusedException(
              Reason.FORMAT_UNSUPPORTED, "an animated WebP; still ones are read");
        }
        chunk[8] &= ALPHA;
        width = 1 + (buffer.getInt(at + 12) & 0xffffff);
        height = 1 + (buffer.getInt(at + 14) >>> 8);
        chunks.writeBytes(chunk);
      } else if (type.equals("VP8 ") && length >= 10) {
        picture = true;
        width = Math.max(width, buffer.getShort(at + 14) & 0x3fff);
        height = Math.max(height, buffer.getShort(at + 16) & 0x3fff);
        chunks.writeBytes(chunk);
      } else if (type.equals("VP8L") && length >= 5) {
        picture = true;
        int bits = buffer.getInt(at + 9);
        width = Math.max(width, 1 + (bits & 0x3fff));
        height = Math.max(height, 1 + (bits >>> 14 & 0x3fff));
        chunks.writeBytes(chunk);
      } else if (type.equals("ALPH")) {
        chunks.writeBytes(chunk);
      } else if (type.equals("EXIF")) {
        orientation = Exif.orientation(chunk, 8, (int) length);
      }
      at += padded;
    }
    if (!picture) {
      throw new RefusedException(Reason.UNREADABLE, "the WebP has no picture chunk");
    }
    byte[] stripped =
        ByteBuffer.allocate(12 + chunks.size())
            .order(ByteOrder.LITTLE_ENDIAN)
            .put("RIFF".getBytes(StandardCharsets.US_ASCII))
            .putInt(4 + chunks.size())
            .put("WEBP".getBytes(StandardCharsets.US_ASCII))
            .put(chunks.toByteArray())
            .array();
    return new WebpFile(width, height, orientation, stripped);
  }

  private static String text(byte[] bytes, int at) {
    return new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
  }

  @Override
  public String format() {
    return "webp";
  }

  @Override
  public boolean trailing() {
    return false;
  }

  @Override
  public boolean plain() {
    return false;
  }

  @Override
  public RgbImage decode(int every, Profile profile) throws IOException, RefusedException {
    if (every > 1) {
      // This decoder holds the whole picture before it leaves pixels out.
      throw new RefusedException(
          Reason.TOO_LARGE, "a WebP of " + width + "x" + height + " pixels, at most 16 Mpx");
    }
    BufferedImage image = Readers.read("webp", stripped, every, new ArrayList<>());
    return Samples.toRgb(image, false, profile);
  }
}
