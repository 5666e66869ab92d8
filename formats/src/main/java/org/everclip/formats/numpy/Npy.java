package org.everclip.formats.numpy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Map.Entry;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.everclip.formats.archive.ArchiveException;
import org.everclip.formats.weights.DenseArray;
import org.everclip.formats.weights.Dtype;

/**
 * Numpy's array format, versions 1 to 3, little-endian numbers and booleans. Arrays of Python
 * objects are pickles and refused.
 */
public final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MAX_HEADER_BYTES = 1 << 16;
  private static final int MAX_DIMENSIONS = 16;
  private static final int ALIGNMENT = 64;
  private static final Map<Dtype, String> DESCRIPTIONS =
      Map.of(
          Dtype.F64,
          "<f8",
          Dtype.F32,
          "<f4",
          Dtype.F16,
          "<f2",
          Dtype.I64,
          "<i8",
          Dtype.I32,
          "<i4",
          Dtype.I16,
          "<i2",
          Dtype.I8,
          "|i1",
          Dtype.U8,
          "|u1",
          Dtype.BOOL,
          "|b1");
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{\\s*'descr': '([^']*)', 'fortran_order': (True|False),"
              + " 'shape': \\(([0-9, ]*)\\),? ?\\}\\s*");

  private Npy() {}

  /**
   * Reads an array; one in Fortran's order becomes row-major.
   *
   * @throws ArchiveException when it is no such array
   */
  public static DenseArray read(byte[] npy) throws ArchiveException {
    ByteBuffer in = ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN);
    if (npy.length < 12 || !Arrays.equals(npy, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new ArchiveException("expected a numpy array (.npy), it begins otherwise");
    }
    int version = in.get(6);
    if (version < 1 || version > 3) {
      throw new ArchiveException("expected a numpy array of version 1 to 3, got " + version);
    }
    int length = version == 1 ? in.getShort(8) & 0xffff : in.getInt(8);
    in.position(version == 1 ? 10 : 12);
    if (length < 0 || length > MAX_HEADER_BYTES || length > in.remaining()) {
      throw new ArchiveException("the array's header claims " + length + " bytes");
    }
    String header = new String(npy, in.position(), length, StandardCharsets.UTF_8);
    in.position(in.position() + length);
    Matcher fields = HEADER.matcher(header);
    if (!fields.matches()) {
      throw new ArchiveException("expected a plain array, got the header " + shown(header));
    }
    Dtype type = type(fields.group(1));
    long[] shape = shape(fields.group(3));
    byte[] data = new byte[in.remaining()];
    in.get(data);
    check(type, shape, data.length);
    boolean transposed = fields.group(2).equals("True") && shape.length > 1;
    return new DenseArray(type, shape, transposed ? rowMajor(type, shape, data) : data);
  }

  private static Dtype type(String description) throws ArchiveException {
    for (Entry<Dtype, String> known : DESCRIPTIONS.entrySet()) {
      if (known.getValue().equals(description)) {
        return known.getKey();
      }
    }
    throw new ArchiveException(
        "expected little-endian numbers ("
            + DESCRIPTIONS.values()
            + "), got an array of '"
            + shown(description)
            + "'");
  }

  private static String shown(String text) {
    return text.substring(0, Math.min(120, text.length())).strip();
  }

  private static long[] shape(String tuple) throws ArchiveException {
    String inner = tuple.strip();
    if (inner.isEmpty()) {
      return new long[0];
    }
    String[] sides = inner.split("\\s*,\\s*");
    if (sides.length > MAX_DIMENSIONS) {
      throw new ArchiveException("an array of " + sides.length + " dimensions, the most is 16");
    }
    try {
      return Arrays.stream(sides).mapToLong(Long::parseLong).toArray();
    } catch (NumberFormatException broken) {
      throw new ArchiveException("expected the shape of an array, got (" + shown(tuple) + ")");
    }
  }

  private static void check(Dtype type, long[] shape, int bytes) throws ArchiveException {
    long expected = type.size();
    try {
      for (long side : shape) {
        expected = Math.multiplyExact(expected, side);
      }
    } catch (ArithmeticException overflow) {
      expected = -1;
    }
    if (expected != bytes) {
      throw new ArchiveException(
          "an array of "
              + type
              + " and shape "
              + Arrays.toString(shape)
              + " does not fit its "
              + bytes
              + " bytes");
    }
  }

  private static byte[] rowMajor(Dtype type, long[] shape, byte[] columns) {
    byte[] rows = new byte[columns.length];
    int size = type.size();
    long[] index = new long[shape.length];
    for (int to = 0; to < rows.length; to += size) {
      long from = 0;
      for (int side = shape.length - 1; side >= 0; side--) {
        from = from * shape[side] + index[side];
      }
      System.arraycopy(columns, (int) from * size, rows, to, size);
      for (int side = shape.length - 1; side >= 0 && ++index[side] == shape[side]; side--) {
        index[side] = 0;
      }
    }
    return rows;
  }

  /** Writes version 1. */
  public static byte[] write(DenseArray array) {
    String description = DESCRIPTIONS.get(array.dtype());
    if (description == null) {
      throw new IllegalArgumentException("numpy has no type for " + array.dtype() + "; use F32");
    }
    StringBuilder shape = new StringBuilder();
    for (int i = 0; i < array.shape().length; i++) {
      shape.append(i > 0 ? ", " : "").append(array.shape()[i]);
    }
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }"
            .formatted(description, shape, array.shape().length == 1 ? "," : "");
    int used = MAGIC.length + 4 + header.length() + 1;
    header += " ".repeat(Math.floorMod(-used, ALIGNMENT)) + "\n";
    ByteArrayOutputStream out = new ByteArrayOutputStream(used + ALIGNMENT + array.bytes().length);
    out.writeBytes(MAGIC);
    out.writeBytes(new byte[] {1, 0, (byte) header.length(), (byte) (header.length() >> 8)});
    out.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(array.bytes());
    return out.toByteArray();
  }
}
