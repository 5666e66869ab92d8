package org.everclip.formats.embedding;

import java.util.Arrays;

/**
 * A canonical prefix (Huffman) code of symbols 0 to 255 whose words have a greatest length, written
 * lowest bit first. Immutable.
 *
 * <p>In a file: the smallest symbol, the number of following symbols that the code spans less one,
 * then the length of each one's word in half a byte (0: has none). The words use up the whole code
 * space, so every sequence of bits means something.
 */
final class PrefixCode {

  private static final int SYMBOLS = 256;

  /** By symbol. */
  private final byte[] lengths;

  private final int maxBits;
  private final int first;
  private final int last;

  private PrefixCode(byte[] lengths, int maxBits, int first, int last) {
    this.lengths = lengths;
    this.maxBits = maxBits;
    this.first = first;
    this.last = last;
  }

  /**
   * The best code.
   *
   * @param counts how often each of the 256 symbols occurs; at least one does
   * @param maxBits of a word, 8 to 11
   */
  static PrefixCode of(int[] counts, int maxBits) {
    int first = 0;
    int last = SYMBOLS - 1;
    while (counts[first] == 0) {
      first++;
    }
    while (counts[last] == 0) {
      last--;
    }
    int[] scaled = counts.clone();
    if (first == last) { // a second word makes the code whole
      first -= first == 0 ? 0 : 1;
      last = first + 1;
      scaled[first] |= 1;
      scaled[last] |= 1;
    }
    byte[] lengths = lengths(scaled, first, last);
    while (longest(lengths, first, last) > maxBits) {
      for (int symbol = first; symbol <= last; symbol++) {
        if (scaled[symbol] > 0) {
          scaled[symbol] = (scaled[symbol] >> 1) | 1;
        }
      }
      lengths = lengths(scaled, first, last);
    }
    return new PrefixCode(lengths, maxBits, first, last);
  }

  /** Huffman's algorithm on two queues: the sorted leaves, and what was joined. */
  private static byte[] lengths(int[] counts, int first, int last) {
    long[] leaves = new long[last - first + 1];
    int size = 0;
    for (int symbol = first; symbol <= last; symbol++) {
      if (counts[symbol] > 0) {
        leaves[size++] = (long) counts[symbol] << 8 | symbol;
      }
    }
    Arrays.sort(leaves, 0, size);
    long[] weight = new long[2 * size];
    int[] parent = new int[2 * size];
    for (int leaf = 0; leaf < size; leaf++) {
      weight[leaf] = leaves[leaf] >> 8;
    }
    int leaf = 0;
    int joined = size;
    for (int next = size; next < 2 * size - 1; next++) {
      for (int part = 0; part < 2; part++) {
        boolean takeLeaf = leaf < size && (joined == next || weight[leaf] <= weight[joined]);
        int taken = takeLeaf ? leaf++ : joined++;
        weight[next] += weight[taken];
        parent[taken] = next;
      }
    }
    int[] depth = new int[2 * size];
    byte[] lengths = new byte[SYMBOLS];
    for (int node = 2 * size - 3; node >= 0; node--) {
      depth[node] = depth[parent[node]] + 1;
      if (node < size) {
        lengths[(int) (leaves[node] & 0xff)] = (byte) depth[node];
      }
    }
    return lengths;
  }

  private static int longest(byte[] lengths, int first, int last) {
    int longest = 0;
    for (int symbol = first; symbol <= last; symbol++) {
      longest = Math.max(longest, lengths[symbol]);
    }
    return longest;
  }

  /** Writes the code; returns the position after it. */
  int write(byte[] out, int at) {
    out[at] = (byte) first;
    out[at + 1] = (byte) (last - first);
    for (int i = 0; i <= last - first; i++) {
      out[at + 2 + i / 2] |= (byte) (lengths[first + i] << 4 * (i & 1));
    }
    return at + 2 + (last - first + 2) / 2;
  }

  /**
   * Reads a code; what follows it begins at {@link #after(byte[], int)}.
   *
   * @throws IllegalArgumentException when it is none
   * @throws IndexOutOfBoundsException when it is cut off
   */
  static PrefixCode read(byte[] in, int at, int maxBits) {
    int first = in[at] & 0xff;
    int count = (in[at + 1] & 0xff) + 1;
    if (first + count > SYMBOLS) {
      throw new IllegalArgumentException("expected symbols up to 255, got " + (first + count - 1));
    }
    byte[] lengths = new byte[SYMBOLS];
    int space = 0;
    for (int i = 0; i < count; i++) {
      int length = in[at + 2 + i / 2] >> 4 * (i & 1) & 0xf;
      if (length > maxBits) {
        throw new IllegalArgumentException(
            "expected words of at most " + maxBits + " bits, got " + length);
      }
      lengths[first + i] = (byte) length;
      space += length == 0 ? 0 : 1 << maxBits - length;
    }
    if (space != 1 << maxBits) {
      throw new IllegalArgumentException(
          "expected words that fill the code space of " + (1 << maxBits) + ", got " + space);
    }
    return new PrefixCode(lengths, maxBits, first, first + count - 1);
  }

  /** The position after the code that stands at a position. */
  static int after(byte[] in, int at) {
    return at + 2 + ((in[at + 1] & 0xff) + 2) / 2;
  }

  /** By symbol: the word, and its length above the lower 16 bits. */
  int[] words() {
    int[] next = new int[maxBits + 2];
    for (int symbol = first; symbol <= last; symbol++) {
      next[lengths[symbol] + 1]++;
    }
    next[1] = 0; // symbols without a word
    for (int length = 1; length <= maxBits; length++) {
      next[length + 1] = (next[length] + next[length + 1]) << 1;
    }
    // next[n] now is the first word of n bits: twice the end of the words of n - 1 bits.
    int[] words = new int[SYMBOLS];
    for (int symbol = first; symbol <= last; symbol++) {
      int length = lengths[symbol];
      if (length > 0) {
        words[symbol] = Integer.reverse(next[length]++) >>> (32 - length) | length << 16;
      }
    }
    return words;
  }

  /**
   * By the next bits, as many as a word can have: bits 0 to 7 the first symbol, 8 to 15 the second,
   * 16 to 19 the bits of both, 20 to 23 those of the first, 24 and 25 how many symbols there are
   * (one where the second's word is not complete).
   */
  int[] pairs() {
    int space = 1 << maxBits;
    int[] table = new int[space];
    int[] words = words();
    for (int symbol = first; symbol <= last; symbol++) {
      int length = words[symbol] >>> 16;
      if (length > 0) {
        int entry = symbol | length << 16 | length << 20 | 1 << 24;
        for (int at = words[symbol] & 0xffff; at < space; at += 1 << length) {
          table[at] = entry;
        }
      }
    }
    int[] both = table.clone();
    for (int at = 0; at < space; at++) {
      int first = table[at];
      int length = first >>> 16 & 0xf;
      int second = table[at >>> length];
      int total = length + (second >>> 16 & 0xf);
      if (total <= maxBits) {
        both[at] = (first & 0xff) | (second & 0xff) << 8 | total << 16 | length << 20 | 2 << 24;
      }
    }
    return both;
  }
}
