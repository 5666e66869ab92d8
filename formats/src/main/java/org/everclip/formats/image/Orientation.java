package org.everclip.formats.image;

/** Turns and mirrors a stored picture as its EXIF orientation says (TIFF 6.0, tag 274). */
final class Orientation {
  private Orientation() {}

  static RgbImage upright(RgbImage image, int orientation) {
    if (orientation <= 1) {
      return image;
    }
    int w = image.width();
    int h = image.height();
    boolean turned = orientation >= 5;
    int width = turned ? h : w;
    int height = turned ? w : h;
    byte[] from = image.pixels();
    byte[] to = new byte[from.length];
    int t = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++, t += 3) {
        int sx = turned ? y : x;
        int sy = turned ? x : y;
        if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) {
          sx = w - 1 - sx;
        }
        if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) {
          sy = h - 1 - sy;
        }
        int s = 3 * (sy * w + sx);
        to[t] = from[s];
        to[t + 1] = from[s + 1];
        to[t + 2] = from[s + 2];
      }
    }
    return new RgbImage(width, height, to);
  }
}
