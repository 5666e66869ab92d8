package org.everclip.formats.embedding;

import java.util.List;

/**
 * Codes of the exponents of unit rows. A symbol is how far an exponent lies below a top one, 0 to
 * 14; the last symbol says that the exponent itself follows. The words' lengths are part of the
 * format and never change; those of each code are right for values that are Gaussian, or more or
 * less unequal, and for where in its octave their deviation lies. Immutable.
 */
final class ExponentCode {

  private static final int MAX_BITS = 8;

  /** Bits by which symbols are looked up. */
  static final int LOOKED_AT = 11;

  private static final int SYMBOLS = 16;
  private static final int ESCAPE = SYMBOLS - 1;

  private static final List<ExponentCode> CODES =
      List.of(
          new ExponentCode(4, 2, 2, 3, 3, 4, 5, 6, 6, 7, 7, 8, 8, 8, 8, 5),
          new ExponentCode(6, 3, 2, 2, 3, 4, 4, 5, 6, 7, 7, 8, 8, 8, 8, 5),
          new ExponentCode(7, 4, 3, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 8, 8, 6),
          new ExponentCode(8, 6, 4, 3, 3, 2, 3, 3, 4, 5, 6, 6, 8, 8, 8, 5),
          new ExponentCode(8, 6, 5, 4, 3, 3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 6));

  private final int[] lengths;

  private final long[] groups;

  private ExponentCode(int... lengths) {
    this.lengths = lengths;
    int[] words = new int[SYMBOLS]; // by symbol; lowest bit first
    int next = 0;
    for (int length = 1; length <= MAX_BITS; length++, next <<= 1) {
      for (int symbol = 0; symbol < SYMBOLS; symbol++) {
        if (lengths[symbol] == length) {
          words[symbol] = Integer.reverse(next++) >>> (32 - length);
        }
      }
    }
    this.groups = groups(lengths, words);
  }

  /**
   * A code by its number.
   *
   * @throws IllegalArgumentException when there is none
   */
  static ExponentCode of(int code) {
    if (code < 0 || code >= CODES.size()) {
      throw new IllegalArgumentException(
          "expected an exponent code of 0 to " + (CODES.size() - 1) + ", got " + code);
    }
    return CODES.get(code);
  }

  /** Bits of the word of a symbol. */
  int bits(int symbol) {
    return lengths[symbol];
  }

  /** Bits of the word before an exponent that follows as it is. */
  int escapeBits() {
    return lengths[ESCAPE];
  }

  /**
   * By the next {@value #LOOKED_AT} bits: the symbols of the words that are whole in them, at most
   * four, a byte each from the lowest on; their number in bits 32 to 34, 0 where the first is the
   * escape; the length of the words together in bits 40 to 43.
   */
  long[] groups() {
    return groups;
  }

  private static long[] groups(int[] lengths, int[] words) {
    int space = 1 << LOOKED_AT;
    int[] symbols = new int[space];
    for (int symbol = 0; symbol < SYMBOLS; symbol++) {
      for (int at = words[symbol]; at < space; at += 1 << lengths[symbol]) {
        symbols[at] = symbol;
      }
    }
    long[] groups = new long[space];
    for (int at = 0; at < space; at++) {
      long group = 0;
      int used = 0;
      int count = 0;
      while (count < 4) {
        int symbol = symbols[at >>> used];
        if (symbol == ESCAPE || used + lengths[symbol] > LOOKED_AT) {
          break;
        }
        group |= (long) symbol << 8 * count++;
        used += lengths[symbol];
      }
      groups[at] = group | (long) count << 32 | (long) used << 40;
    }
    return groups;
  }
}
