package org.everclip.formats.image;

import java.awt.Point;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Encodes RGB with the JDK's writers. Thread-safe; the same pixels give the same bytes. */
public final class ImageEncoder {
  private ImageEncoder() {}

  /** Baseline JPEG, chroma at half resolution; quality in (0, 1]. */
  public static byte[] jpeg(RgbImage image, float quality) {
    return write("jpeg", image, quality);
  }

  /** 8-bit RGB PNG. */
  public static byte[] png(RgbImage image) {
    return write("png", image, 0f);
  }

  private static byte[] write(String format, RgbImage image, float quality) {
    ImageWriter writer = jdkWriter(format);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(image.pixels().length / 4 + 1024);
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      if (quality > 0) {
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionQuality(quality);
      }
      writer.setOutput(out);
      writer.write(null, new IIOImage(buffered(image), null, null), param);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot encode " + image + " as " + format, failure);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static ImageWriter jdkWriter(String format) {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName(format);
    while (writers.hasNext()) {
      ImageWriter writer = writers.next();
      if (writer.getClass().getName().startsWith("com.sun.imageio.")) {
        return writer;
      }
      writer.dispose();
    }
    throw new IllegalStateException("this JDK has no writer for " + format);
  }

  private static BufferedImage buffered(RgbImage image) {
    int width = image.width();
    int height = image.height();
    PixelInterleavedSampleModel model =
        new PixelInterleavedSampleModel(
            DataBuffer.TYPE_BYTE, width, height, 3, 3 * width, new int[] {0, 1, 2});
    WritableRaster raster =
        Raster.createWritableRaster(
            model, new DataBufferByte(image.pixels(), image.pixels().length), new Point());
    ComponentColorModel colours =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            false,
            false,
            Transparency.OPAQUE,
            DataBuffer.TYPE_BYTE);
    return new BufferedImage(colours, raster, false, null);
  }
}
