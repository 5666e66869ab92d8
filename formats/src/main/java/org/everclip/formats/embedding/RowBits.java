package org.everclip.formats.embedding;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Rows of bits of different lengths, each beginning with a byte of its own so that one can be read
 * without the others. Little-endian; lowest bit first.
 */
final class RowBits {

  /** So many bytes behind the last one may be looked at. */
  static final int SLACK = 8;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private RowBits() {}

  /** Up to 57 bits from a position in bits on. */
  static long peek(byte[] in, int bit) {
    return (long) LONG.get(in, bit >>> 3) >>> (bit & 7);
  }

  /** Puts eight bytes down; those that are no bits yet are zero and will be overwritten. */
  static void put(byte[] out, int at, long bits) {
    LONG.set(out, at, bits);
  }

  static void putInt(byte[] out, int at, int value) {
    INT.set(out, at, value);
  }

  static int getInt(byte[] in, int at) {
    return (int) INT.get(in, at);
  }

  static void putShort(byte[] out, int at, int value) {
    SHORT.set(out, at, (short) value);
  }

  static int getShort(byte[] in, int at) {
    return (short) SHORT.get(in, at) & 0xffff;
  }

  /**
   * Where rows begin, from their lengths in bytes; one more entry is the end of the last.
   *
   * @param at where the lengths stand, two bytes each; the rows follow
   * @throws IllegalArgumentException when the rows do not end with {@code end}
   */
  static int[] starts(byte[] in, int at, int rows, int end) {
    int[] starts = new int[rows + 1];
    starts[0] = at + 2 * rows;
    for (int row = 0; row < rows; row++) {
      starts[row + 1] = starts[row] + getShort(in, at + 2 * row);
    }
    if (starts[rows] != end) {
      throw new IllegalArgumentException(
          "expected rows that end with byte " + end + ", got " + starts[rows]);
    }
    return starts;
  }

  /** Checks that a row was read to its end and no further. */
  static void ended(int bit, int start, int end) {
    if ((bit + 7) >>> 3 != end) {
      throw new IllegalArgumentException(
          "expected a row of %d bytes, got %d".formatted(end - start, (bit + 7 >>> 3) - start));
    }
  }

  static byte[] trimmed(byte[] bytes, int length) {
    return Arrays.copyOf(bytes, length);
  }
}
