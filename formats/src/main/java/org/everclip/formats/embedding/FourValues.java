package org.everclip.formats.embedding;

/**
 * Four bfloat16 values in a long, the first one lowest, so that one operation does the same to all
 * four. What is no number may spoil the value two places after it.
 */
final class FourValues {

  private static final long EACH = 0x0001_0001_0001_0001L;
  private static final long EACH_OF_TWO = 0x0000_0001_0000_0001L;

  /** Above the bits of an exponent: what is taken away from here borrows from no neighbour. */
  private static final long ABOVE = 0x100 * EACH;

  private FourValues() {}

  /** Rounds four values to nearest even. */
  static long round(float[] values, int from) {
    return rounded(values[from], values[from + 2]) >>> 16 & 0xffff * EACH_OF_TWO
        | rounded(values[from + 1], values[from + 3]) & ~(0xffff * EACH_OF_TWO);
  }

  /** Two values side by side; the upper half of each is its bfloat16. */
  private static long rounded(float first, float second) {
    long two =
        Float.floatToRawIntBits(first) & 0xffff_ffffL
            | (long) Float.floatToRawIntBits(second) << 32;
    return two + 0x7fff * EACH_OF_TWO + (two >>> 16 & EACH_OF_TWO);
  }

  /** A byte of each: mantissa, and the sign as the lowest bit. */
  static int lows(long four) {
    long bytes = four << 1 & 0xfe * EACH | four >>> 15 & EACH;
    bytes = (bytes | bytes >>> 8) & 0xffff * EACH_OF_TWO;
    return (int) (bytes | bytes >>> 16);
  }

  /** Three bits of each: how far its exponent lies below the top one; 7 for all that are not. */
  static int symbols(long four, int top) {
    long below = ABOVE + top * EACH - (four >>> 7 & 0xff * EACH) ^ ABOVE;
    long far = (below & 0x1f8 * EACH) + 0x1f8 * EACH >>> 9 & EACH;
    long symbols = (below | 7 * far) & 7 * EACH;
    symbols |= symbols >>> 13;
    return (int) (symbols | symbols >>> 26) & 0xfff;
  }
}
