package org.everclip.formats.embedding;

import java.util.Objects;

/**
 * The older form of {@link PackedRows}, which nobody writes any more: exponents stand in one of
 * five prefix codes.
 *
 * <p>Bytes: the form; rows (2 bytes), number of the code, top exponent; for each value a byte of
 * mantissa and sign (lowest bit); the bytes of each row's exponents (2 each); the exponents row by
 * row.
 */
final class PrefixCodedRows implements EmbeddingRows {

  private static final int HEADER_BYTES = 5;
  private static final int MASK = (1 << ExponentCode.LOOKED_AT) - 1;
  private static final int SLACK_SYMBOLS = 4;

  private final byte[] bytes;
  private final ExponentCode code;
  private final int top;
  private final int[] starts;
  private final int dim;

  private PrefixCodedRows(byte[] bytes, int[] starts, int dim) {
    this.bytes = bytes;
    this.code = ExponentCode.of(bytes[3]);
    this.top = bytes[4] & 0xff;
    this.starts = starts;
    this.dim = dim;
  }

  static EmbeddingRows open(byte[] bytes, int dim) {
    int end = bytes.length - RowBits.SLACK;
    int rows = RowBits.getShort(bytes, 1);
    int lengths = Math.addExact(HEADER_BYTES, Math.multiplyExact(rows, dim));
    return new PrefixCodedRows(bytes, RowBits.starts(bytes, lengths, rows, end), dim);
  }

  @Override
  public int rows() {
    return starts.length - 1;
  }

  @Override
  public int dim() {
    return dim;
  }

  @Override
  public void copy(int row, float[] target, int at) {
    int start = starts[Objects.checkIndex(row, rows())];
    Objects.checkFromIndexSize(at, dim, target.length);
    byte[] below = new byte[dim + 3 * SLACK_SYMBOLS];
    try {
      RowBits.ended(exponents(8 * start, below), start, starts[row + 1]);
    } catch (IndexOutOfBoundsException cut) {
      throw new IllegalArgumentException("packed row " + row + " is damaged", cut);
    }
    join(below, HEADER_BYTES + row * dim, target, at);
  }

  /** Reads how far each exponent lies below the top one; returns the position after, in bits. */
  private int exponents(int first, byte[] below) {
    byte[] in = bytes;
    long[] groups = code.groups();
    int bit = first;
    int at = 0;
    while (at < dim) {
      long word = RowBits.peek(in, bit);
      int used = 0;
      long group = 0;
      for (int k = 0; k < 3; k++) { // at most 33 bits; an escape ends the progress
        group = groups[(int) (word >>> used) & MASK];
        RowBits.putInt(below, at, (int) group);
        at += (int) (group >>> 32) & 0x7;
        used += (int) (group >>> 40);
      }
      bit += used;
      if (group >>> 32 == 0 && at < dim) {
        int exponent = (int) (RowBits.peek(in, bit) >>> code.escapeBits());
        below[at++] = (byte) (top - exponent);
        bit += code.escapeBits() + 8;
      }
    }
    return bit - excess(below, at);
  }

  /** Bits of the words that were read beyond the row's last value. */
  private int excess(byte[] below, int at) {
    int bits = 0;
    for (int i = dim; i < at; i++) {
      bits += code.bits(below[i]);
    }
    return bits;
  }

  private void join(byte[] below, int lows, float[] target, int from) {
    for (int i = 0; i < dim; i++) {
      int low = bytes[lows + i];
      target[from + i] =
          Float.intBitsToFloat((top - below[i] & 0xff) << 23 | low << 31 | (low & 0xfe) << 15);
    }
  }
}
