package org.everclip.formats.embedding;

import java.util.Objects;

/**
 * Unit rows on a grid. A value x of the row, scaled to unit length, becomes the whole number
 * nearest to x · {@value #STEPS} · √dim; decoded is the vector of the whole numbers, scaled to unit
 * length, so the grid cancels and the length is exact whatever was given. The numbers are folded
 * (0, -1, 1, -2, …) and coded; those above {@value #ESCAPE} as that symbol and 16 bits.
 *
 * <p>Error: the vector of whole numbers is off by half a step in each value, together by at most h
 * = 1/(2 · {@value #STEPS}) of the row's length; the angle between given and decoded row has a sine
 * of at most h, so their distance is at most h · (1 + h²/4).
 *
 * <p>Bytes: rows (2), the code, the bytes of each row (2 each), row by row.
 */
final class QuantisedRows implements EmbeddingRows {

  static final int STEPS = 13;
  static final int ESCAPE = 127;

  private static final int MAX_BITS = 10;
  private static final int ESCAPED_BITS = 16;
  private static final int MAX_ROWS = 0xffff;
  private static final int MAX_DIM = 1 << 14;

  private final byte[] bytes;
  private final int[] pairs;
  private final int[] starts;
  private final int dim;

  private QuantisedRows(byte[] bytes, int[] pairs, int[] starts, int dim) {
    this.bytes = bytes;
    this.pairs = pairs;
    this.starts = starts;
    this.dim = dim;
  }

  static byte[] encode(float[] values, int rows, int dim) {
    if (rows > MAX_ROWS || dim > MAX_DIM) {
      throw new IllegalArgumentException(
          "expected at most %d rows of %d values, got %d of %d"
              .formatted(MAX_ROWS, MAX_DIM, rows, dim));
    }
    if (rows == 0) {
      return new byte[0];
    }
    char[] folded = new char[values.length];
    int[] counts = new int[256];
    int escapes = 0;
    for (int row = 0; row < rows; row++) {
      double scale = scale(values, row, dim);
      for (int i = row * dim; i < (row + 1) * dim; i++) {
        int whole = (int) Math.rint(values[i] * scale);
        int symbol = whole << 1 ^ whole >> 31;
        folded[i] = (char) symbol;
        counts[Math.min(symbol, ESCAPE)]++;
        escapes += symbol < ESCAPE ? 0 : 1;
      }
    }
    PrefixCode code = PrefixCode.of(counts, MAX_BITS);
    int[] words = code.words();
    long bits = (long) ESCAPED_BITS * escapes;
    for (int symbol = 0; symbol <= ESCAPE; symbol++) {
      bits += (long) counts[symbol] * (words[symbol] >>> 16);
    }
    byte[] out = new byte[Math.toIntExact(2 + 66 + 3L * rows + bits / 8 + RowBits.SLACK)];
    RowBits.putShort(out, 0, rows);
    int lengths = code.write(out, 2);
    int at = lengths + 2 * rows;
    for (int row = 0; row < rows; row++) {
      int end = row(folded, row * dim, dim, words, out, at);
      RowBits.putShort(out, lengths + 2 * row, end - at);
      at = end;
    }
    return RowBits.trimmed(out, at);
  }

  private static double scale(float[] values, int row, int dim) {
    double square = 0;
    for (int i = row * dim; i < (row + 1) * dim; i++) {
      square += (double) values[i] * values[i];
    }
    // Written so that a NaN fails.
    if (!(square > 0 && square < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "expected rows with a direction, row %d has the length %s"
              .formatted(row, Math.sqrt(square)));
    }
    return STEPS * Math.sqrt(dim / square);
  }

  private static int row(char[] folded, int from, int count, int[] words, byte[] out, int start) {
    int at = start;
    long bits = 0;
    int filled = 0;
    for (int i = from; i < from + count; i++) {
      int symbol = folded[i];
      int word = words[Math.min(symbol, ESCAPE)];
      bits |= (long) (word & 0xffff) << filled;
      filled += word >>> 16;
      if (symbol >= ESCAPE) {
        bits |= (long) symbol << filled;
        filled += ESCAPED_BITS;
      }
      RowBits.put(out, at, bits);
      at += filled >>> 3;
      bits >>>= filled & ~7;
      filled &= 7;
    }
    RowBits.put(out, at, bits);
    return at + (filled + 7 >>> 3);
  }

  static EmbeddingRows open(byte[] bytes, int dim) {
    int end = bytes.length - RowBits.SLACK;
    if (end == 0) {
      return PlainRows.open(bytes, 0, dim);
    }
    int rows = RowBits.getShort(bytes, 0);
    PrefixCode code = PrefixCode.read(bytes, 2, MAX_BITS);
    int lengths = PrefixCode.after(bytes, 2);
    int[] starts = RowBits.starts(bytes, lengths, rows, end);
    if (end < (long) rows * dim / 8) { // no word is shorter than a bit
      throw new IllegalArgumentException(
          "expected %d rows of %d values, got %d bytes".formatted(rows, dim, end));
    }
    return new QuantisedRows(bytes, code.pairs(), starts, dim);
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
    int bit = 8 * start;
    long square = 0;
    try {
      for (int i = 0; i < dim; i++) {
        long word = RowBits.peek(bytes, bit);
        int entry = pairs[(int) word & (1 << MAX_BITS) - 1];
        int length = entry >> 20 & 0xf;
        int symbol = entry & 0xff;
        if (symbol == ESCAPE) {
          symbol = (int) (word >>> length) & 0xffff;
          length += ESCAPED_BITS;
        }
        bit += length;
        int whole = symbol >>> 1 ^ -(symbol & 1);
        square += (long) whole * whole;
        target[at + i] = whole;
      }
      RowBits.ended(bit, start, starts[row + 1]);
    } catch (IndexOutOfBoundsException cut) {
      throw new IllegalArgumentException("quantised row " + row + " is damaged", cut);
    }
    double scale = square == 0 ? 0 : 1 / Math.sqrt(square);
    for (int i = at; i < at + dim; i++) {
      target[i] = (float) (target[i] * scale);
    }
  }
}
