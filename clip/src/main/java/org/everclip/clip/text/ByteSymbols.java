package org.everclip.clip.text;

import java.util.Arrays;

/**
 * The one-to-one map between the 256 byte values and printable characters that byte-level BPE uses:
 * printable Latin-1 stands for itself, the other bytes for U+0100 and up (reference: CLIP's
 * tokenizer).
 */
final class ByteSymbols {

  /** What ends the last symbol of a word. */
  static final String WORD_END = "</w>";

  private static final char[] SYMBOL_OF_BYTE = new char[256];
  private static final int[] BYTE_OF_SYMBOL = new int[512];
  private static final int[] ORDER = new int[256];

  static {
    Arrays.fill(BYTE_OF_SYMBOL, -1);
    int position = 0;
    for (int value = 0; value < 256; value++) {
      if (isPrintable(value)) {
        SYMBOL_OF_BYTE[value] = (char) value;
        ORDER[position++] = value;
      }
    }
    int shifted = 0x100;
    for (int value = 0; value < 256; value++) {
      if (!isPrintable(value)) {
        SYMBOL_OF_BYTE[value] = (char) shifted++;
        ORDER[position++] = value;
      }
    }
    for (int value = 0; value < 256; value++) {
      BYTE_OF_SYMBOL[SYMBOL_OF_BYTE[value]] = value;
    }
  }

  private ByteSymbols() {}

  static char symbol(int value) {
    return SYMBOL_OF_BYTE[value & 0xff];
  }

  /** Returns the byte that a symbol stands for, or -1. */
  static int byteOf(char symbol) {
    return symbol < BYTE_OF_SYMBOL.length ? BYTE_OF_SYMBOL[symbol] : -1;
  }

  /** The symbol at a position of CLIP's order: the printable bytes first. */
  static char inOrder(int position) {
    return SYMBOL_OF_BYTE[ORDER[position]];
  }

  private static boolean isPrintable(int value) {
    return (value >= 33 && value <= 126)
        || (value >= 161 && value <= 172)
        || (value >= 174 && value <= 255);
  }
}
