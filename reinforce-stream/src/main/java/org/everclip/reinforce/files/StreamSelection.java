package org.everclip.reinforce.files;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.jspecify.annotations.Nullable;

/**
 * Which records of the stream an export holds: of each pair the newest revision that had arrived
 * before {@code to}, if it arrived from {@code from} on, is of the asked reinforcement and split,
 * and the pair was not deleted since (deletions count whenever they came). For one thread.
 */
final class StreamSelection {

  private final RecordCodec<ReinforcedPair> codec;
  private final @Nullable Instant from;
  private final @Nullable Instant to;
  private final Map<String, Map<String, Found>> pairs = new HashMap<>();
  private long unreadable;

  /** A record of a pair. */
  private record Found(int revision, Split split, long timestamp, int partition, long offset) {}

  StreamSelection(RecordCodec<ReinforcedPair> codec, @Nullable Instant from, @Nullable Instant to) {
    this.codec = codec;
    this.from = from;
    this.to = to;
  }

  /** Looks at the next record. */
  void take(ConsumerRecord<String, byte[]> entry) {
    if (entry.key() == null) {
      unreadable++;
      return;
    }
    if (entry.value() == null) {
      pairs.remove(entry.key());
      return;
    }
    if (to != null && entry.timestamp() >= to.toEpochMilli()) {
      return;
    }
    ReinforcedPair pair;
    try {
      pair = codec.decode(entry.value());
    } catch (MalformedRecordException damaged) {
      unreadable++;
      return;
    }
    if (pair == null) {
      throw new AssertionError("only null decodes to null");
    }
    var found =
        new Found(
            pair.getPair().getRevision(),
            pair.getPair().getSplit(),
            entry.timestamp(),
            entry.partition(),
            entry.offset());
    pairs
        .computeIfAbsent(entry.key(), key -> new HashMap<>(2))
        .merge(
            pair.getReinforcementVersion(),
            found,
            (old, latest) -> latest.revision() >= old.revision() ? latest : old);
  }

  /** Records that could not be read. */
  long unreadable() {
    return unreadable;
  }

  /** Pairs by reinforcementVersion. */
  Map<String, Long> versions() {
    var versions = new TreeMap<String, Long>();
    pairs
        .values()
        .forEach(pair -> pair.keySet().forEach(version -> versions.merge(version, 1L, Long::sum)));
    return versions;
  }

  /**
   * Offsets by partition.
   *
   * @param split null for both
   */
  Map<Integer, Set<Long>> offsets(String version, @Nullable Split split) {
    var offsets = new TreeMap<Integer, Set<Long>>();
    for (Map<String, Found> pair : pairs.values()) {
      int newest = pair.values().stream().mapToInt(Found::revision).max().orElse(0);
      Found found = pair.get(version);
      if (found != null
          && found.revision() == newest
          && (split == null || found.split() == split)
          && (from == null || found.timestamp() >= from.toEpochMilli())) {
        offsets.computeIfAbsent(found.partition(), p -> new HashSet<>()).add(found.offset());
      }
    }
    return offsets;
  }
}
