package org.everclip.formats.weights;

import java.util.Arrays;

/**
 * A tensor of a weight file.
 *
 * @param dtype the format's name, such as {@code F32}, {@code BF16}, {@code I64}
 * @param shape not copied, do not modify; empty for a scalar
 * @param offset of its first value from the beginning of the (unpacked) file
 * @param length bytes of its values
 */
@SuppressWarnings("ArrayRecordComponent")
public record TensorInfo(String name, String dtype, long[] shape, long offset, long length) {
  /** Number of values; 1 for a scalar. */
  public long elements() {
    return elements(shape);
  }

  static long elements(long[] shape) {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorInfo that
        && name.equals(that.name)
        && dtype.equals(that.dtype)
        && Arrays.equals(shape, that.shape)
        && offset == that.offset
        && length == that.length;
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return name + " " + dtype + Arrays.toString(shape);
  }
}
