package org.everclip.evaluation.holdout;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.everclip.contracts.Periods;

/**
 * Which pairs are held out, without their pictures: a pool for each period and one for all of them.
 * Of each pool the contents of lowest rank are kept, twice as many as a frozen set can hold, so
 * memory does not grow with the stream; the rest can replace what is deleted before the set is
 * frozen. A frozen pool takes nothing that came later. Not thread-safe.
 */
final class HeldOutIndex {

  /** The pool of all periods. */
  static final String ALL = "";

  private final int samples;
  private final Map<String, NavigableMap<String, HeldOut>> pools = new TreeMap<>(Periods.BY_TIME);
  private final Map<String, Map<Integer, Long>> cuts = new HashMap<>();
  private final Map<String, HeldOut> byPair = new HashMap<>();
  private final Map<Integer, Long> positions = new TreeMap<>();

  /**
   * An empty index.
   *
   * @param samples the largest number of pairs that a frozen set can hold
   */
  HeldOutIndex(int samples) {
    this.samples = samples;
  }

  /** All that there is to know, but for the cuts; for a file. */
  record State(Map<Integer, Long> positions, List<HeldOut> pairs) {}

  State state() {
    var pairs = new LinkedHashSet<HeldOut>();
    pools.values().forEach(pool -> pairs.addAll(pool.values()));
    return new State(Map.copyOf(positions), List.copyOf(pairs));
  }

  /** Goes on from a state; what was frozen has been said before. */
  void restore(State state) {
    positions.putAll(state.positions());
    state.pairs().forEach(this::add);
  }

  /** The next offset to read of each partition. */
  Map<Integer, Long> positions() {
    return Map.copyOf(positions);
  }

  void position(int partition, long next) {
    positions.put(partition, next);
  }

  /** From now on the pool holds only what came before these ends of the partitions. */
  void freeze(String pool, Map<Integer, Long> cut) {
    cuts.put(pool, Map.copyOf(cut));
  }

  /** The frozen pools, in the order of time. */
  List<String> frozen() {
    return cuts.keySet().stream().sorted(Periods.BY_TIME).toList();
  }

  /** Would this content be kept? Asked before its picture is stored. */
  boolean wants(HeldOut pair) {
    return wants(ALL, pair) || wants(pair.period(), pair);
  }

  private boolean wants(String pool, HeldOut pair) {
    Map<Integer, Long> cut = cuts.get(pool);
    if (cut != null && pair.offset() >= cut.getOrDefault(pair.partition(), 0L)) {
      return false;
    }
    NavigableMap<String, HeldOut> kept = pool(pool);
    return kept.size() < 2 * samples || pair.rank().compareTo(kept.lastKey()) <= 0;
  }

  /**
   * Takes in a content; {@link #gone} was called for its pair.
   *
   * @return whether another one had to make room
   */
  boolean add(HeldOut pair) {
    boolean evicted = false;
    for (String pool : List.of(ALL, pair.period())) {
      if (wants(pool, pair)) {
        NavigableMap<String, HeldOut> kept = pool(pool);
        kept.put(pair.rank(), pair);
        if (pair.stillThere()) {
          byPair.put(pair.pairId(), pair);
        }
        if (kept.size() > 2 * samples) {
          HeldOut last = kept.pollLastEntry().getValue();
          String other = pool.equals(ALL) ? last.period() : ALL;
          if (!pool(other).containsKey(last.rank())) {
            byPair.remove(last.pairId(), last);
            evicted = true;
          }
        }
      }
    }
    return evicted;
  }

  /**
   * The pair was deleted, replaced or is no longer held out.
   *
   * @return whether it was in the index
   */
  boolean gone(String pairId, long offset) {
    HeldOut pair = byPair.get(pairId);
    if (pair == null || pair.offset() >= offset) {
      return false;
    }
    byPair.remove(pairId);
    for (String pool : List.of(ALL, pair.period())) {
      pool(pool).computeIfPresent(pair.rank(), (rank, before) -> before.goneAt(offset));
    }
    return true;
  }

  /** How many pairs of a period are there now, in the order of time; of all under {@link #ALL}. */
  Map<String, Integer> counts() {
    var counts = new TreeMap<String, Integer>(Periods.BY_TIME);
    pools.forEach(
        (pool, kept) ->
            counts.put(pool, (int) kept.values().stream().filter(HeldOut::stillThere).count()));
    return counts;
  }

  /** The pairs of a frozen pool that are still there, by id. */
  List<HeldOut> members(String pool) {
    Map<Integer, Long> cut = cuts.getOrDefault(pool, Map.of());
    return pool(pool).values().stream()
        .filter(pair -> pair.wasThereBefore(cut.getOrDefault(pair.partition(), 0L)))
        .limit(samples)
        .filter(HeldOut::stillThere)
        .sorted(Comparator.comparing(HeldOut::pairId))
        .toList();
  }

  /** Digests of all pictures that may be needed. */
  Set<String> images() {
    var images = new HashSet<String>();
    byPair.values().forEach(pair -> images.add(pair.image()));
    return images;
  }

  private NavigableMap<String, HeldOut> pool(String id) {
    return pools.computeIfAbsent(id, pool -> new TreeMap<>());
  }
}
