package org.everclip.formats.embedding;

import java.util.Objects;

/**
 * bfloat16 in two parts. Sign and mantissa of unit rows are noise and stay a byte; of the exponents
 * nearly all are one of seven neighbours, which take three bits.
 *
 * <p>Bytes: the form. {@value #PLAIN}: bfloat16 follows, where packing would gain nothing. {@value
 * #PREFIX_CODED}: {@link PrefixCodedRows}. {@value #PACKED}: rows (2 bytes), the top exponent of
 * the seven; for each value a byte of mantissa and sign (lowest bit); for each eight values of a
 * row 24 bits, three a value from the lowest on: how far its exponent lies below the top one, or
 * {@value #OTHER}; how many other exponents each row has (2 bytes each); these, a byte each.
 */
final class PackedRows implements EmbeddingRows {

  private static final int PLAIN = 0;
  private static final int PREFIX_CODED = 1;
  private static final int PACKED = 2;
  private static final int HEADER_BYTES = 4;
  private static final int OTHER = 7;
  private static final int SAMPLE = 250;

  /** The lowest bit of each of eight symbols. */
  private static final int LOWEST_BITS = 0b001001001001001001001001;

  private final byte[] bytes;
  private final int top;
  private final int symbols;
  private final int[] starts;
  private final int dim;

  private PackedRows(byte[] bytes, int symbols, int[] starts, int dim) {
    this.bytes = bytes;
    this.top = bytes[3] & 0xff;
    this.symbols = symbols;
    this.starts = starts;
    this.dim = dim;
  }

  static byte[] encode(float[] values, int rows, int dim) {
    int count = values.length;
    if (count == 0 || rows > 0xffff || dim > 0xffff) {
      return plain(values);
    }
    int top = top(values);
    int groups = groups(dim);
    int lengths = HEADER_BYTES + count + 3 * groups * rows;
    int at = lengths + 2 * rows;
    byte[] out = new byte[at + count + RowBits.SLACK];
    out[0] = PACKED;
    RowBits.putShort(out, 1, rows);
    out[3] = (byte) top;
    int[] ends = new int[rows];
    for (int row = 0; row < rows; row++) {
      int lows = HEADER_BYTES + row * dim;
      int first = HEADER_BYTES + count + 3 * groups * row;
      int end = write(values, row * dim, dim, top, out, lows, first, at);
      if (notNumbers(out, at, end)) {
        float[] rounded = rounded(values, row * dim, dim);
        end = write(rounded, 0, dim, top, out, lows, first, at);
      }
      ends[row] = end;
      at = end;
    }
    // Last, because symbols are written with a byte too much.
    for (int row = 0, start = lengths + 2 * rows; row < rows; start = ends[row++]) {
      RowBits.putShort(out, lengths + 2 * row, ends[row] - start);
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

  private static int groups(int dim) {
    return dim + 7 >>> 3;
  }

  /**
   * The top of the seven exponents that are most frequent, by a sample of the values; never such
   * that zeros or what is no number are among the seven.
   */
  private static int top(float[] values) {
    int[] counts = new int[256];
    int step = values.length / SAMPLE | 1;
    for (int i = 0; i < values.length; i += step) {
      counts[Bfloat16.fromFloat(values[i]) >> 7 & 0xff]++;
    }
    int within = 0;
    int best = OTHER;
    int most = 0;
    for (int top = 1; top < 255; top++) {
      within += counts[top] - (top > OTHER ? counts[top - OTHER] : 0);
      if (top >= OTHER && within > most) {
        most = within;
        best = top;
      }
    }
    return best;
  }

  /** Some values as bfloat16, as which a NaN stays one. */
  private static float[] rounded(float[] values, int from, int dim) {
    float[] rounded = new float[dim];
    for (int i = 0; i < dim; i++) {
      rounded[i] = Bfloat16.toFloat(Bfloat16.fromFloat(values[from + i]));
    }
    return rounded;
  }

  /** Whether the other exponents are also those of zeros, infinities or what is no number. */
  private static boolean notNumbers(byte[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      if (out[i] == 0 || out[i] == (byte) 0xff) {
        return true;
      }
    }
    return false;
  }

  /** Writes a row; returns the position after its other exponents. */
  private static int write(
      float[] values, int from, int dim, int top, byte[] out, int lows, int first, int others) {
    int at = others;
    int next = first;
    int whole = dim & ~7;
    for (int i = 0; i < whole; i += 8, next += 3) {
      long four = FourValues.round(values, from + i);
      long more = FourValues.round(values, from + i + 4);
      RowBits.putInt(out, lows + i, FourValues.lows(four));
      RowBits.putInt(out, lows + i + 4, FourValues.lows(more));
      int word = FourValues.symbols(four, top) | FourValues.symbols(more, top) << 12;
      RowBits.putInt(out, next, word);
      for (int other = others(word); other != 0; other &= other - 1) {
        out[at++] = (byte) (turned(values[from + i + place(other)]) >>> 24);
      }
    }
    int word = 0;
    for (int i = whole; i < dim; i++) {
      int turned = turned(values[from + i]);
      out[lows + i] = (byte) low(turned);
      int below = top - (turned >>> 24);
      int symbol = below < 0 || below > OTHER ? OTHER : below;
      word |= symbol << 3 * (i - whole);
      if (symbol == OTHER) {
        out[at++] = (byte) (turned >>> 24);
      }
    }
    if (whole < dim) {
      RowBits.putInt(out, next, word);
    }
    return at;
  }

  /**
   * Rounds to bfloat16 and turns around: exponent, mantissa (7 bits), 16 bits of no meaning, sign.
   * Of what is not a number it may make an infinity.
   */
  private static int turned(float value) {
    int bits = Float.floatToRawIntBits(value);
    return Integer.rotateLeft(bits + 0x7fff + (bits >>> 16 & 1), 1);
  }

  /** Mantissa and sign. */
  private static int low(int turned) {
    return turned >>> 16 & 0xfe | turned & 1;
  }

  /** The lowest bits of those of eight symbols that are {@value #OTHER}. */
  private static int others(int word) {
    return word & word >>> 1 & word >>> 2 & LOWEST_BITS;
  }

  /** Which of eight symbols the lowest of these bits belongs to. */
  private static int place(int others) {
    return Integer.numberOfTrailingZeros(others) * 11 >>> 5; // a third, of 0 to 21
  }

  static EmbeddingRows open(byte[] bytes, int dim) {
    int end = bytes.length - RowBits.SLACK;
    if (end < 1 || bytes[0] == PLAIN) {
      return PlainRows.open(bytes, 1, dim);
    }
    if (bytes[0] == PREFIX_CODED) {
      return PrefixCodedRows.open(bytes, dim);
    }
    if (bytes[0] != PACKED) {
      throw new IllegalArgumentException("expected packed rows of form 0 to 2, got " + bytes[0]);
    }
    int rows = RowBits.getShort(bytes, 1);
    int symbols = Math.addExact(HEADER_BYTES, Math.multiplyExact(rows, dim));
    int lengths = Math.addExact(symbols, Math.multiplyExact(rows, 3 * groups(dim)));
    return new PackedRows(bytes, symbols, RowBits.starts(bytes, lengths, rows, end), dim);
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
    int others = starts[Objects.checkIndex(row, rows())];
    Objects.checkFromIndexSize(at, dim, target.length);
    int lows = HEADER_BYTES + row * dim;
    int next = symbols + 3 * groups(dim) * row;
    int[] exponents = new int[OTHER + 1];
    for (int symbol = 0; symbol <= OTHER; symbol++) {
      exponents[symbol] = top - symbol << 23;
    }
    int whole = dim & ~7;
    for (int i = 0; i < whole; i += 8, next += 3) {
      int word = RowBits.getInt(bytes, next);
      int low = RowBits.getInt(bytes, lows + i);
      int to = at + i;
      target[to] = join(exponents[word & OTHER], low);
      target[to + 1] = join(exponents[word >>> 3 & OTHER], low >>> 8);
      target[to + 2] = join(exponents[word >>> 6 & OTHER], low >>> 16);
      target[to + 3] = join(exponents[word >>> 9 & OTHER], low >>> 24);
      low = RowBits.getInt(bytes, lows + i + 4);
      target[to + 4] = join(exponents[word >>> 12 & OTHER], low);
      target[to + 5] = join(exponents[word >>> 15 & OTHER], low >>> 8);
      target[to + 6] = join(exponents[word >>> 18 & OTHER], low >>> 16);
      target[to + 7] = join(exponents[word >>> 21 & OTHER], low >>> 24);
      if (others(word) != 0) {
        others = replace(others(word), others, lows + i, target, to);
      }
    }
    if (whole < dim) {
      int word = RowBits.getInt(bytes, next);
      for (int k = 0; k < dim - whole; k++) {
        target[at + whole + k] = join(exponents[word >>> 3 * k & OTHER], bytes[lows + whole + k]);
      }
      int inRow = others(word) & (1 << 3 * (dim - whole)) - 1;
      others = replace(inRow, others, lows + whole, target, at + whole);
    }
    if (others != starts[row + 1]) {
      throw new IllegalArgumentException("packed row " + row + " is damaged");
    }
  }

  /** Gives values that have other exponents theirs; returns the position after these. */
  private int replace(int places, int others, int lows, float[] target, int at) {
    int next = others;
    for (int left = places; left != 0; left &= left - 1, next++) {
      int k = place(left);
      target[at + k] = join(bytes[Math.min(next, bytes.length - 1)] << 23, bytes[lows + k]);
    }
    return next;
  }

  /** A value from its exponent in place and the byte of sign and mantissa. */
  private static float join(int exponent, int low) {
    return Float.intBitsToFloat(exponent & 0x7f800000 | low << 31 | (low & 0xfe) << 15);
  }
}
