package org.everclip.formats.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A small array in memory as files hold it: row-major, little-endian, densely packed. The arrays
 * are not copied, do not modify.
 *
 * @param shape empty for a scalar
 */
@SuppressWarnings("ArrayRecordComponent")
public record DenseArray(Dtype dtype, long[] shape, byte[] bytes) {
  public DenseArray {
    if (bytes.length % dtype.size() != 0) {
      throw new IllegalArgumentException(
          "expected whole values of " + dtype + ", got " + bytes.length + " bytes");
    }
    WeightEntry.check("of " + dtype, shape, bytes.length / dtype.size());
  }

  /**
   * Stores float32 values.
   *
   * @param dtype F32, F16 or BF16; the last two round to nearest even
   */
  public static DenseArray of(Dtype dtype, long[] shape, float[] values) {
    ByteBuffer bytes = Values.buffer(Math.multiplyExact(dtype.size(), values.length));
    Values.put(dtype, values, 0, values.length, bytes);
    return new DenseArray(dtype, shape, bytes.array());
  }

  /** The values of a float type as float32; those of F64 rounded. */
  public float[] floats() {
    return read(info -> Values.floats(info, this::piece));
  }

  /** The values of a whole or boolean type. */
  public long[] longs() {
    return read(info -> Values.longs(info, this::piece));
  }

  private void piece(Values.Piece piece) {
    piece.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
  }

  private interface Reading<T> {
    T of(TensorInfo info) throws IOException;
  }

  private <T> T read(Reading<T> reading) {
    try {
      return reading.of(new TensorInfo("in memory", dtype.name(), shape, 0, bytes.length));
    } catch (IOException impossible) {
      throw new AssertionError("memory cannot fail", impossible);
    }
  }
}
