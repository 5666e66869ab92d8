package org.everclip.formats.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;

/**
 * A GIF's first frame on its logical screen (GIF89a). Transparent and uncovered pixels are white.
 */
@SuppressWarnings("ArrayRecordComponent")
record GifFile(
    int width,
    int height,
    int left,
    int top,
    int frameWidth,
    int frameHeight,
    int[] palette,
    byte[] bytes)
    implements EncodedImage {
  static boolean matches(byte[] bytes) {
    return bytes.length >= 13
        && bytes[0] == 'G'
        && bytes[1] == 'I'
        && bytes[2] == 'F'
        && bytes[3] == '8'
        && (bytes[4] == '7' || bytes[4] == '9')
        && bytes[5] == 'a';
  }

  static GifFile parse(byte[] bytes) throws RefusedException {
    try {
      return parseBlocks(bytes);
    } catch (IndexOutOfBoundsException end) {
      throw new RefusedException(Reason.TRUNCATED, "the GIF ends inside its first frame");
    }
  }

  private static GifFile parseBlocks(byte[] bytes) throws RefusedException {
    int[] palette = new int[0];
    int clear = -1;
    int at = 13;
    if ((bytes[10] & 0x80) != 0) {
      int size = 2 << (bytes[10] & 7);
      palette = palette(bytes, at, size);
      at += 3 * size;
    }
    while (true) {
      int block = bytes[at++] & 0xff;
      if (block == 0x21) {
        if ((bytes[at] & 0xff) == 0xf9 && (bytes[at + 2] & 1) != 0) {
          clear = bytes[at + 5] & 0xff;
        }
        at = skip(bytes, at + 1);
      } else if (block == 0x2c) {
        break;
      } else {
        throw new RefusedException(Reason.UNREADABLE, "the GIF has no frame");
      }
    }
    int flags = bytes[at + 8];
    int data = at + 9;
    if ((flags & 0x80) != 0) {
      int size = 2 << (flags & 7);
      palette = palette(bytes, data, size);
      data += 3 * size;
    }
    skip(bytes, data + 1);
    if (clear >= 0 && clear < palette.length) {
      palette[clear] &= 0xffffff;
    }
    int frameWidth = u16(bytes, at + 4);
    int frameHeight = u16(bytes, at + 6);
    int left = u16(bytes, at);
    int top = u16(bytes, at + 2);
    return new GifFile(
        Math.max(u16(bytes, 6), left + frameWidth),
        Math.max(u16(bytes, 8), top + frameHeight),
        left,
        top,
        frameWidth,
        frameHeight,
        palette,
        bytes);
  }

  private static int skip(byte[] bytes, int at) {
    int next = at;
    while (bytes[next] != 0) {
      next += 1 + (bytes[next] & 0xff);
    }
    return next + 1;
  }

  private static int[] palette(byte[] bytes, int at, int size) {
    int[] argb = new int[size];
    for (int i = 0; i < size; i++) {
      argb[i] =
          0xff000000
              | (bytes[at + 3 * i] & 0xff) << 16
              | (bytes[at + 3 * i + 1] & 0xff) << 8
              | (bytes[at + 3 * i + 2] & 0xff);
    }
    return argb;
  }

  private static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
  }

  @Override
  public String format() {
    return "gif";
  }

  @Override
  public int orientation() {
    return 1;
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
  public byte[] stripped() {
    return bytes;
  }

  @Override
  public RgbImage decode(int every, Profile profile) throws IOException {
    int opaque = profile == Profile.REFERENCE ? 0xff000000 : 0;
    int[] colours = Arrays.stream(palette).map(colour -> colour | opaque).toArray();
    RgbImage frame =
        Samples.throughPalette(Readers.read("gif", bytes, every, new ArrayList<>()), colours);
    if (frameWidth == width && frameHeight == height) {
      return frame;
    }
    RgbImage screen =
        RgbImage.filled((width + every - 1) / every, (height + every - 1) / every, 0xffffff);
    frame.copyInto(screen, left / every, top / every);
    return screen;
  }
}
