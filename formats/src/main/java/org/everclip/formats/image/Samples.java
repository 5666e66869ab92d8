package org.everclip.formats.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import org.jspecify.annotations.Nullable;

/**
 * Raw samples of a decoded raster as RGB. Colour models are never asked: the JDK's convert grey as
 * linear light and CMYK without a sensible profile.
 */
final class Samples {
  private Samples() {}

  /** One or three bands (a further one is alpha), 8 or 16 bit. */
  static RgbImage toRgb(BufferedImage image, boolean sixteenBit, Profile profile) {
    Raster raster = image.getRaster();
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    byte[] fast = bands == 3 && !sixteenBit ? interleaved(raster) : null;
    if (fast != null) {
      return new RgbImage(width, height, fast);
    }
    byte[] rgb = new byte[3 * width * height];
    int[] row = new int[bands * width];
    boolean grey = bands < 3;
    boolean alpha = profile == Profile.NORMAL && (bands == 2 || bands == 4);
    int shift = sixteenBit ? 8 : 0;
    int t = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0, s = 0; x < width; x++, s += bands, t += 3) {
        int a = alpha ? row[s + bands - 1] >> shift : 255;
        rgb[t] = onWhite(row[s] >> shift, a);
        rgb[t + 1] = onWhite(row[grey ? s : s + 1] >> shift, a);
        rgb[t + 2] = onWhite(row[grey ? s : s + 2] >> shift, a);
      }
    }
    return new RgbImage(width, height, rgb);
  }

  static byte onWhite(int value, int alpha) {
    return (byte) (alpha == 255 ? value : (value * alpha + 255 * (255 - alpha) + 127) / 255);
  }

  /** Three dense byte bands in the order of the raster, without a detour over ints. */
  private static byte @Nullable [] interleaved(Raster raster) {
    if (!(raster.getSampleModel() instanceof PixelInterleavedSampleModel model)
        || !(raster.getDataBuffer() instanceof DataBufferByte buffer)
        || model.getPixelStride() != 3
        || model.getScanlineStride() != 3 * raster.getWidth()
        || buffer.getOffset() != 0
        || raster.getSampleModelTranslateX() != 0
        || raster.getSampleModelTranslateY() != 0
        || buffer.getData().length != 3L * raster.getWidth() * raster.getHeight()) {
      return null;
    }
    int[] offsets = model.getBandOffsets();
    byte[] data = buffer.getData();
    if (offsets[0] == 2 && offsets[1] == 1 && offsets[2] == 0) {
      for (int i = 0; i < data.length; i += 3) {
        byte blue = data[i];
        data[i] = data[i + 2];
        data[i + 2] = blue;
      }
      return data;
    }
    return offsets[0] == 0 && offsets[1] == 1 && offsets[2] == 2 ? data : null;
  }

  /** Indices of a palette (or grey levels) through a table of 0xAARRGGBB. */
  static RgbImage throughPalette(BufferedImage image, int[] argb) {
    Raster raster = image.getRaster();
    int width = raster.getWidth();
    int height = raster.getHeight();
    byte[] rgb = new byte[3 * width * height];
    int[] row = new int[width];
    int t = 0;
    for (int y = 0; y < height; y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
      for (int x = 0; x < width; x++, t += 3) {
        int colour = row[x] < argb.length ? argb[row[x]] : 0xff000000;
        int a = colour >>> 24;
        rgb[t] = onWhite(colour >> 16 & 0xff, a);
        rgb[t + 1] = onWhite(colour >> 8 & 0xff, a);
        rgb[t + 2] = onWhite(colour & 0xff, a);
      }
    }
    return new RgbImage(width, height, rgb);
  }

  /**
   * Four bands of ink (the reader undid Adobe's inversion): R = (1 - K) (1 - C), as Pillow rounds.
   */
  static RgbImage fromCmyk(BufferedImage image) {
    Raster raster = image.getRaster();
    int width = raster.getWidth();
    int height = raster.getHeight();
    byte[] rgb = new byte[3 * width * height];
    int[] row = new int[4 * width];
    int t = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int s = 0; s < row.length; s += 4, t += 3) {
        int light = 255 - row[s + 3];
        for (int c = 0; c < 3; c++) {
          int ink = light * row[s + c] + 128;
          rgb[t + c] = (byte) (light - (((ink >> 8) + ink) >> 8));
        }
      }
    }
    return new RgbImage(width, height, rgb);
  }
}
