package org.everclip.evaluation.benchmarks;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.RgbImage;

/**
 * MNIST's format: unsigned bytes behind a header of big-endian sizes, gzipped or not. Pictures are
 * [n, height, width], grey, or [n, height, width, 3]; labels are [n].
 */
record IdxConverter(Path images, Path labels, List<String> names, List<String> templates)
    implements Converter {

  private static final int UNSIGNED_BYTES = 8;
  private static final int MOST_PIXELS = 1 << 24;

  @Override
  public void convert(DatasetWriter writer) throws IOException {
    if (names.isEmpty()) {
      throw new IOException("an IDX file has no class names; give them");
    }
    try (DataInputStream pictures = open(images);
        DataInputStream classes = open(labels)) {
      int[] shape = header(pictures, images);
      int[] count = header(classes, labels);
      boolean colour = shape.length == 4 && shape[3] == 3;
      if ((shape.length != 3 && !colour) || count.length != 1 || count[0] != shape[0]) {
        throw new IOException(
            "expected [n, height, width] pictures and n labels in %s and %s"
                .formatted(images, labels));
      }
      if ((long) shape[1] * shape[2] > MOST_PIXELS || shape[1] < 1 || shape[2] < 1) {
        throw new IOException("%s says %d x %d pixels".formatted(images, shape[2], shape[1]));
      }
      for (int i = 0; i < shape[0]; i++) {
        int label = classes.readUnsignedByte();
        if (label >= names.size()) {
          throw new IOException("label %d, but %d class names".formatted(label, names.size()));
        }
        byte[] values = new byte[shape[1] * shape[2] * (colour ? 3 : 1)];
        pictures.readFully(values);
        byte[] rgb = colour ? values : grey(values);
        writer.labelled(
            ImageEncoder.png(new RgbImage(shape[2], shape[1], rgb)), label, new long[0]);
      }
    } catch (java.io.EOFException e) {
      throw new IOException("%s or %s ends too early".formatted(images, labels), e);
    }
    writer.prompts(names, templates);
  }

  private static byte[] grey(byte[] values) {
    byte[] rgb = new byte[3 * values.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = values[i / 3];
    }
    return rgb;
  }

  private static DataInputStream open(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    in.mark(2);
    boolean zipped = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return new DataInputStream(
        zipped ? new BufferedInputStream(new GZIPInputStream(in), 1 << 16) : in);
  }

  private static int[] header(DataInputStream in, Path file) throws IOException {
    int magic = in.readInt();
    int dimensions = magic & 0xff;
    if (magic >>> 8 != UNSIGNED_BYTES || dimensions < 1 || dimensions > 4) {
      throw new IOException(file + " is no IDX file of unsigned bytes");
    }
    int[] shape = new int[dimensions];
    for (int d = 0; d < dimensions; d++) {
      shape[d] = in.readInt();
      if (shape[d] < 0) {
        throw new IOException(file + " has a negative size");
      }
    }
    return shape;
  }
}
