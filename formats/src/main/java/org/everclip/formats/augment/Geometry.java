package org.everclip.formats.augment;

import java.util.Arrays;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Resampler;
import org.everclip.formats.image.RgbImage;

/** Operations that move pixels: nearest neighbour, black where nothing comes from. */
final class Geometry {
  private static final double FIFTEEN_DECIMALS = 1e15;

  private Geometry() {}

  static RgbImage shearX(RgbImage image, double level) {
    double tan = Math.tan(Math.toRadians(Math.toDegrees(Math.atan(level))));
    return affine(image, 1, tan, 0, 0, 1, 0);
  }

  static RgbImage shearY(RgbImage image, double level) {
    double shear = Math.toRadians(Math.toDegrees(Math.atan(level)));
    double a = Math.cos(-shear) / Math.cos(shear);
    double c = Math.sin(-shear) / Math.cos(shear);
    return affine(image, 1, 0, 0, -c, a, 0);
  }

  /** Moves the content right by dx and down by dy. */
  static RgbImage translate(RgbImage image, int dx, int dy) {
    return image.crop(-dx, -dy, image.width(), image.height());
  }

  /** Counter-clockwise about the middle. */
  static RgbImage rotate(RgbImage image, double degrees) {
    double turn = degrees % 360;
    if (turn < 0) {
      turn += 360;
    }
    int w = image.width();
    int h = image.height();
    if (turn == 0) {
      return image;
    }
    if (turn == 180) {
      return map(image, w, h, (x, y) -> (h - 1 - y) * w + w - 1 - x);
    }
    if (turn == 90 && w == h) {
      return map(image, w, h, (x, y) -> x * w + w - 1 - y);
    }
    if (turn == 270 && w == h) {
      return map(image, w, h, (x, y) -> (h - 1 - x) * w + y);
    }
    double angle = -Math.toRadians(turn);
    double cos = rounded(Math.cos(angle));
    double sin = rounded(Math.sin(angle));
    double cx = w / 2.0;
    double cy = h / 2.0;
    double dx = cos * -cx + sin * -cy + cx;
    double dy = -sin * -cx + cos * -cy + cy;
    return affine(image, cos, sin, dx, -sin, cos, dy);
  }

  private static double rounded(double value) {
    return Math.rint(value * FIFTEEN_DECIMALS) / FIFTEEN_DECIMALS;
  }

  static RgbImage mirror(RgbImage image) {
    int w = image.width();
    return map(image, w, image.height(), (x, y) -> y * w + w - 1 - x);
  }

  /** Index of the source pixel of (x, y). */
  private interface Source {
    int of(int x, int y);
  }

  private static RgbImage map(RgbImage image, int width, int height, Source source) {
    byte[] from = image.pixels();
    byte[] to = new byte[from.length];
    int t = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++, t += 3) {
        int s = 3 * source.of(x, y);
        to[t] = from[s];
        to[t + 1] = from[s + 1];
        to[t + 2] = from[s + 2];
      }
    }
    return new RgbImage(width, height, to);
  }

  /** Source x = a x' + b y' + c, y = d x' + e y' + f in 16.16 fixed point. */
  private static RgbImage affine(
      RgbImage image, double a, double b, double c, double d, double e, double f) {
    int w = image.width();
    int h = image.height();
    byte[] from = image.pixels();
    byte[] to = new byte[from.length];
    int stepXx = fix(a);
    int stepXy = fix(b);
    int stepYx = fix(d);
    int stepYy = fix(e);
    int startX = fix(c + 0.5 * a + 0.5 * b);
    int startY = fix(f + 0.5 * d + 0.5 * e);
    int t = 0;
    for (int y = 0; y < h; y++) {
      int fixedX = startX;
      int fixedY = startY;
      for (int x = 0; x < w; x++, t += 3) {
        int sx = fixedX >> 16;
        int sy = fixedY >> 16;
        if (sx >= 0 && sx < w && sy >= 0 && sy < h) {
          int s = 3 * (sy * w + sx);
          to[t] = from[s];
          to[t + 1] = from[s + 1];
          to[t + 2] = from[s + 2];
        }
        fixedX += stepXx;
        fixedY += stepYx;
      }
      startX += stepXy;
      startY += stepYy;
    }
    return new RgbImage(w, h, to);
  }

  private static int fix(double value) {
    return (int) Math.floor(value * 65536 + 0.5);
  }

  static RgbImage resizeShorter(RgbImage image, int size) {
    int shorter = Math.min(image.width(), image.height());
    return Resampler.resize(
        image,
        Math.max(1, (int) ((long) size * image.width() / shorter)),
        Math.max(1, (int) ((long) size * image.height() / shorter)),
        Filter.BILINEAR);
  }

  /** A too small side gets the missing length in black on both of its ends before the crop. */
  static RgbImage padAndCrop(RgbImage image, int top, int left, int size) {
    int padX = Math.max(0, size - image.width());
    int padY = Math.max(0, size - image.height());
    return image.crop(left - padX, top - padY, size, size);
  }

  static RgbImage erase(RgbImage image, Step.Erase box) {
    if (box.row() < 0) {
      return image;
    }
    byte[] pixels = image.pixels().clone();
    int fromX = Math.max(0, box.column());
    int toX = Math.min(image.width(), box.column() + box.width());
    int toY = Math.min(image.height(), box.row() + box.height());
    for (int y = box.row(); y < toY && fromX < toX; y++) {
      Arrays.fill(pixels, 3 * (y * image.width() + fromX), 3 * (y * image.width() + toX), (byte) 0);
    }
    return new RgbImage(image.width(), image.height(), pixels);
  }
}
