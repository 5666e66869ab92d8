package org.everclip.dashboard.feed;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.TeacherEmbedding;

/** The pairs that came last, bounded by their number and by their bytes. Not thread-safe. */
final class NewestPairs {

  private static final long MOST_BYTES = 96L << 20;

  private final int limit;
  private final LinkedHashMap<String, ReinforcedPair> pairs = new LinkedHashMap<>();
  private long bytes;

  NewestPairs(int limit) {
    this.limit = limit;
  }

  void put(ReinforcedPair pair) {
    String pairId = pair.getPair().getPairId();
    remove(pairId);
    pairs.put(pairId, pair);
    bytes += size(pair);
    while (pairs.size() > limit || (bytes > MOST_BYTES && pairs.size() > 1)) {
      remove(pairs.keySet().iterator().next());
    }
  }

  void remove(String pairId) {
    ReinforcedPair gone = pairs.remove(pairId);
    if (gone != null) {
      bytes -= size(gone);
    }
  }

  Optional<ReinforcedPair> find(String pairId) {
    return Optional.ofNullable(pairs.get(pairId));
  }

  List<ReinforcedPair> newestFirst() {
    var newest = new ArrayList<>(pairs.values());
    Collections.reverse(newest);
    return newest;
  }

  private static long size(ReinforcedPair pair) {
    long size = pair.getPair().getImage().capacity();
    for (TeacherEmbedding embedding : pair.getTeacherEmbeddings()) {
      size += embedding.getImage().capacity() + embedding.getCaption().capacity();
    }
    return size;
  }
}
