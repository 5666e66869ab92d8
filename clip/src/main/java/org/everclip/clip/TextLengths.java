package org.everclip.clip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.everclip.clip.network.Architecture;

/**
 * Leaves the padding of texts away where the tower never sees it: under a causal mask no position
 * reads one behind it, and only the end token's output is used, so what stands behind that token
 * costs much and changes nothing but last bits. A text's length is one of a few, and its own affair
 * alone.
 */
final class TextLengths {

  /** Most captions have fewer ids than the second; the context length is the last resort. */
  private static final int[] LENGTHS = {16, 32};

  private final boolean cuts;

  TextLengths(Architecture architecture) {
    var text = architecture.text();
    // CoCa reads its text at a token that stands behind the padding.
    this.cuts =
        architecture.family() != Architecture.Family.COCA && text.causal() && !text.mixerBlocks();
  }

  /** Numbers of rows whose ids have the same length, by that length; each group in rising order. */
  SortedMap<Integer, List<Integer>> groups(long[][] ids) {
    var groups = new TreeMap<Integer, List<Integer>>();
    for (int row = 0; row < ids.length; row++) {
      groups.computeIfAbsent(length(ids[row]), length -> new ArrayList<>()).add(row);
    }
    return groups;
  }

  private int length(long[] ids) {
    if (cuts) {
      int used = end(ids) + 1;
      for (int length : LENGTHS) {
        if (used <= length && length < ids.length) {
          return length;
        }
      }
    }
    return ids.length;
  }

  /** The position that the network reads: the first of the largest id. */
  private static int end(long[] ids) {
    int end = 0;
    for (int i = 1; i < ids.length; i++) {
      end = ids[i] > ids[end] ? i : end;
    }
    return end;
  }

  static long[][] cut(long[][] ids, List<Integer> rows, int length) {
    return rows.stream().map(row -> Arrays.copyOf(ids[row], length)).toArray(long[][]::new);
  }
}
