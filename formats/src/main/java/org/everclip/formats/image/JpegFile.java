package org.everclip.formats.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A JPEG's marker segments (ITU T.81, annex B). What the pixel decoder gets to see is rebuilt from
 * the segments that pixels need, so metadata, profiles and appended bytes never reach it and
 * colours follow libjpeg's rule (JFIF or Adobe marker, else YCbCr unless the components are named
 * R, G, B).
 */
@SuppressWarnings("ArrayRecordComponent")
record JpegFile(
    int width, int height, int components, int orientation, boolean trailing, byte[] stripped)
    implements EncodedImage {
  private static final int MAX_SCANS = 100;
  private static final byte[] JFIF = {
    (byte) 0xff, (byte) 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
  };

  static boolean matches(byte[] bytes) {
    return bytes.length > 3
        && bytes[0] == (byte) 0xff
        && bytes[1] == (byte) 0xd8
        && bytes[2] == (byte) 0xff;
  }

  static JpegFile parse(byte[] bytes) throws RefusedException {
    ByteArrayOutputStream tables = new ByteArrayOutputStream(bytes.length);
    int orientation = 1;
    int frame = -1;
    byte[] adobe = null;
    int at = 2;
    while (true) {
      while (at + 1 < bytes.length && bytes[at] == (byte) 0xff && bytes[at + 1] == (byte) 0xff) {
        at++;
      }
      if (at + 4 > bytes.length) {
        throw new RefusedException(Reason.TRUNCATED, "the JPEG ends in its header");
      }
      if (bytes[at] != (byte) 0xff) {
        throw new RefusedException(Reason.UNREADABLE, "no JPEG marker at byte " + at);
      }
      int marker = bytes[at + 1] & 0xff;
      if (marker == 0xd9) {
        throw new RefusedException(Reason.UNREADABLE, "the JPEG ends before its first scan");
      }
      int length = (bytes[at + 2] & 0xff) << 8 | (bytes[at + 3] & 0xff);
      int next = at + 2 + length;
      if (length < 2) {
        throw new RefusedException(Reason.UNREADABLE, "a JPEG segment of length " + length);
      }
      if (next > bytes.length) {
        throw new RefusedException(Reason.TRUNCATED, "the JPEG ends in its header");
      }
      if (marker == 0xda) {
        break;
      }
      if (marker == 0xe1 && startsWith(bytes, at + 4, "Exif\0\0")) {
        orientation = Exif.orientation(bytes, at + 10, length - 8);
      } else if (marker == 0xee && length >= 14 && startsWith(bytes, at + 4, "Adobe")) {
        adobe = Arrays.copyOfRange(bytes, at, next);
      } else if (isFrame(marker)) {
        checkFrame(marker, bytes[at + 4], length);
        frame = at;
      }
      if (marker < 0xe0 && marker != 0x01) {
        tables.write(bytes, at, next - at);
      }
      at = next;
    }
    if (frame < 0) {
      throw new RefusedException(Reason.UNREADABLE, "the JPEG has no frame header");
    }
    int components = bytes[frame + 9] & 0xff;
    boolean named = components == 3 && 8 + 9 <= segment(bytes, frame) && namedRgb(bytes, frame);
    int end = endOfImage(bytes, at);
    ByteArrayOutputStream stripped = new ByteArrayOutputStream(bytes.length);
    stripped.write(bytes, 0, 2);
    if (adobe != null) {
      stripped.write(adobe, 0, adobe.length);
    } else if (components != 4 && !named) {
      stripped.write(JFIF, 0, JFIF.length);
    }
    tables.writeBytes(Arrays.copyOfRange(bytes, at, end));
    stripped.writeBytes(tables.toByteArray());
    return new JpegFile(
        (bytes[frame + 7] & 0xff) << 8 | (bytes[frame + 8] & 0xff),
        (bytes[frame + 5] & 0xff) << 8 | (bytes[frame + 6] & 0xff),
        components,
        orientation,
        end < bytes.length,
        stripped.toByteArray());
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static void checkFrame(int marker, int precision, int length) throws RefusedException {
    if (marker > 0xc2) {
      throw new RefusedException(
          Reason.FORMAT_UNSUPPORTED,
          "a lossless, hierarchical or arithmetic-coded JPEG (marker ff"
              + Integer.toHexString(marker)
              + "); baseline and progressive are read");
    }
    if (precision != 8) {
      throw new RefusedException(
          Reason.FORMAT_UNSUPPORTED, "a JPEG of " + precision + " bits a sample; 8 are read");
    }
    if (length < 11) {
      throw new RefusedException(Reason.UNREADABLE, "a JPEG frame header of length " + length);
    }
  }

  private static int segment(byte[] bytes, int at) {
    return (bytes[at + 2] & 0xff) << 8 | (bytes[at + 3] & 0xff);
  }

  private static boolean namedRgb(byte[] bytes, int frame) {
    return bytes[frame + 10] == 'R' && bytes[frame + 13] == 'G' && bytes[frame + 16] == 'B';
  }

  /** Walks over the scans to the byte after the end-of-image marker. */
  private static int endOfImage(byte[] bytes, int firstScan) throws RefusedException {
    int scans = 0;
    int at = firstScan;
    while (at + 1 < bytes.length) {
      if (bytes[at] != (byte) 0xff) {
        at++;
        continue;
      }
      int marker = bytes[at + 1] & 0xff;
      if (marker == 0xd9) {
        return at + 2;
      }
      if (marker == 0xda && ++scans > MAX_SCANS) {
        throw new RefusedException(
            Reason.UNREADABLE, "a JPEG of more than " + MAX_SCANS + " scans");
      }
      boolean hasLength = marker >= 0xc0 && !(marker >= 0xd0 && marker <= 0xd8) && marker != 0xff;
      if (hasLength && at + 3 < bytes.length) {
        at += 2 + Math.max(2, segment(bytes, at));
      } else {
        at += marker == 0xff ? 1 : 2;
      }
    }
    throw new RefusedException(Reason.TRUNCATED, "the JPEG has no end marker");
  }

  private static boolean startsWith(byte[] bytes, int at, String text) {
    if (at + text.length() > bytes.length) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (bytes[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String format() {
    return "jpeg";
  }

  @Override
  public boolean plain() {
    return components != 4;
  }

  @Override
  public RgbImage decode(int every, Profile profile) throws IOException, RefusedException {
    if (components != 1 && components != 3 && components != 4) {
      throw new RefusedException(
          Reason.FORMAT_UNSUPPORTED, "a JPEG of " + components + " components; 1, 3, 4 are read");
    }
    List<String> warnings = new ArrayList<>();
    BufferedImage image = Readers.read("jpeg", stripped, every, warnings);
    for (String warning : warnings) {
      String text = warning.toLowerCase(Locale.ROOT);
      if (text.contains("premature end") || text.contains("missing eoi")) {
        throw new RefusedException(Reason.TRUNCATED, warning);
      }
      if (text.contains("bad huffman")) {
        throw new RefusedException(Reason.UNREADABLE, warning);
      }
    }
    return components == 4 ? Samples.fromCmyk(image) : Samples.toRgb(image, false, profile);
  }
}
