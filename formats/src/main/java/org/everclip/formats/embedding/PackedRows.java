package org.everclip.formats.embedding;

import java.util.Objects;

/**
 * bfloat16 in two parts. Sign and mantissa of unit rows are noise and stay a byte; of the exponents
 * few occur, most of them within four or five of each other, and their code takes about 2.7 bits.
 *
 * <p>Bytes: the form. {@value #PLAIN}: bfloat16 follows, where coding would gain nothing. {@value
 * #CODED}: rows (2 bytes), number of the code, top exponent; for each value a byte of mantissa and
 * sign (lowest bit); the bytes of each row's exponents (2 each); the exponents row by row.
 */
final class PackedRows implements EmbeddingRows {

  private static final int PLAIN = 0;
  private static final int CODED = 1;
  private static final int HEADER_BYTES = 5;
  private static final int SAMPLE = 1000;
  private static final int MASK = (1 << ExponentCode.LOOKED_AT) - 1;
  private static final int SLACK_SYMBOLS = 4;

  private final byte[] bytes;
  private final ExponentCode code;
  private final int top;
  private final int[] starts;
  private final int dim;

  private PackedRows(byte[] bytes, int[] starts, int dim) {
    this.bytes = bytes;
    this.code = ExponentCode.of(bytes[3]);
    this.top = bytes[4] & 0xff;
    this.starts = starts;
    this.dim = dim;
  }

  static byte[] encode(float[] values, int rows, int dim) {
    int count = values.length;
    int longest = (dim * ExponentCode.MAX_ESCAPED_BITS + 7) / 8;
    if (count == 0 || rows > 0xffff || dim > 0xffff || longest > 0xffff) {
      return plain(values);
    }
    ExponentCode.Choice choice = ExponentCode.choose(counts(values));
    int[] words = ExponentCode.of(choice.code()).words(choice.top());
    int lengths = HEADER_BYTES + count;
    int at = lengths + 2 * rows;
    byte[] out = new byte[at + count + longest + RowBits.SLACK];
    out[0] = CODED;
    RowBits.putShort(out, 1, rows);
    out[3] = (byte) choice.code();
    out[4] = (byte) choice.top();
    int[] turned = new int[dim];
    for (int row = 0; row < rows; row++) {
      if (at > HEADER_BYTES + 2 * count) {
        return plain(values);
      }
      turn(values, row * dim, turned);
      int end = write(turned, words, out, HEADER_BYTES + row * dim, at);
      if (end < 0) {
        turnAny(values, row * dim, turned);
        end = Math.abs(write(turned, words, out, HEADER_BYTES + row * dim, at));
      }
      RowBits.putShort(out, lengths + 2 * row, end - at);
      at = end;
    }
    return at > 2 * count ? plain(values) : RowBits.trimmed(out, at);
  }

  private static byte[] plain(float[] values) {
    byte[] bfloat16 = Bfloat16.encode(values);
    byte[] out = new byte[1 + bfloat16.length];
    out[0] = PLAIN;
    System.arraycopy(bfloat16, 0, out, 1, bfloat16.length);
    return out;
  }

  /** Exponents of some of the values. */
  private static int[] counts(float[] values) {
    int[] counts = new int[256];
    int step = values.length / SAMPLE | 1;
    for (int i = 0; i < values.length; i += step) {
      counts[Bfloat16.fromFloat(values[i]) >> 7 & 0xff]++;
    }
    return counts;
  }

  /**
   * Rounds to bfloat16 and turns its sign around to the lowest bit: then sign and mantissa are the
   * lower byte, the exponent the upper one. A plain loop, which the compiler makes wide; of what is
   * not a number it makes a zero or an infinity.
   */
  private static void turn(float[] values, int from, int[] turned) {
    for (int i = 0; i < turned.length; i++) {
      int bits = Float.floatToRawIntBits(values[from + i]);
      int rounded = bits + 0x7fff + (bits >>> 16 & 1);
      turned[i] = rounded >>> 15 & 0xfffe | rounded >>> 31;
    }
  }

  /** The same for all values. */
  private static void turnAny(float[] values, int from, int[] turned) {
    for (int i = 0; i < turned.length; i++) {
      int bits = Bfloat16.fromFloat(values[from + i]) & 0xffff;
      turned[i] = bits << 1 & 0xffff | bits >>> 15;
    }
  }

  /**
   * Writes a row's lower bytes and exponents; returns the position after the last byte, negative
   * when a zero, an infinity or no number was among the values.
   */
  private static int write(int[] turned, int[] words, byte[] out, int lows, int start) {
    for (int i = 0; i < turned.length; i++) {
      out[lows + i] = (byte) turned[i];
    }
    int at = start;
    long bits = 0;
    int filled = 0;
    int any = 0;
    int i = 0;
    for (; i + 4 <= turned.length; i += 4) { // at most 7 + 56 bits
      int a = words[turned[i] >>> 8];
      int b = words[turned[i + 1] >>> 8];
      int c = words[turned[i + 2] >>> 8];
      int d = words[turned[i + 3] >>> 8];
      int afterA = a >>> 16 & 0xff;
      int afterB = afterA + (b >>> 16 & 0xff);
      int afterC = c >>> 16 & 0xff;
      long first = a & 0xffffL | (b & 0xffffL) << afterA;
      long second = c & 0xffffL | (d & 0xffffL) << afterC;
      bits |= (first | second << afterB) << filled;
      filled += afterB + afterC + (d >>> 16 & 0xff);
      any |= a | b | c | d;
      RowBits.put(out, at, bits);
      at += filled >>> 3;
      bits >>>= filled & ~7;
      filled &= 7;
    }
    for (; i < turned.length; i++) {
      int word = words[turned[i] >>> 8];
      bits |= (word & 0xffffL) << filled;
      filled += word >>> 16 & 0xff;
      any |= word;
    }
    RowBits.put(out, at, bits);
    at += filled + 7 >>> 3;
    return any < 0 ? -at : at;
  }

  static EmbeddingRows open(byte[] bytes, int dim) {
    int end = bytes.length - RowBits.SLACK;
    if (end < 1 || bytes[0] == PLAIN) {
      return PlainRows.open(bytes, 1, dim);
    }
    if (bytes[0] != CODED) {
      throw new IllegalArgumentException("expected packed rows of form 0 or 1, got " + bytes[0]);
    }
    int rows = RowBits.getShort(bytes, 1);
    int lengths = Math.addExact(HEADER_BYTES, Math.multiplyExact(rows, dim));
    return new PackedRows(bytes, RowBits.starts(bytes, lengths, rows, end), dim);
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
