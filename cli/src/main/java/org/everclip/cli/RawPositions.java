package org.everclip.cli;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A set of positions of one topic, a bit each. Offsets count from the partition's beginning at the
 * time of reading. Used by one thread.
 */
final class RawPositions {

  /** Partition and offset. */
  record Position(int partition, long offset) {}

  private final Map<Integer, Long> beginnings;
  private final Map<Integer, BitSet> bits = new HashMap<>();

  /** An empty set; what lies before the beginnings is not kept. */
  RawPositions(Map<Integer, Long> beginnings) {
    this.beginnings = beginnings;
  }

  /** Adds a position; false when it was there. Positions before the beginning count as new. */
  boolean add(int partition, long offset) {
    long index = offset - beginnings.getOrDefault(partition, 0L);
    if (index < 0) {
      return true;
    }
    BitSet set = bits.computeIfAbsent(partition, p -> new BitSet());
    int bit = Math.toIntExact(index);
    boolean isNew = !set.get(bit);
    set.set(bit);
    return isNew;
  }

  long size() {
    return bits.values().stream().mapToLong(BitSet::cardinality).sum();
  }

  /** What this set has and the other has not, in order. */
  List<Position> minus(RawPositions other) {
    var rest = new ArrayList<Position>();
    new TreeMap<>(bits)
        .forEach(
            (partition, set) -> {
              var left = (BitSet) set.clone();
              left.andNot(other.bits.getOrDefault(partition, new BitSet()));
              long first = beginnings.getOrDefault(partition, 0L);
              left.stream().forEach(bit -> rest.add(new Position(partition, first + bit)));
            });
    return rest;
  }
}
