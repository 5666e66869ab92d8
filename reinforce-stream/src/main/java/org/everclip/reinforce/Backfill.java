package org.everclip.reinforce;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;

/**
 * Pairs that were accepted under another recipe and are reinforced once more under the present one,
 * beside the live pairs.
 *
 * @param id names its operators and its consumer group; never used twice in a folder of state
 * @param version the reinforcementVersion that its pairs get
 * @param from first offset of each partition of pairs.accepted
 * @param until the offset behind the last
 */
@SuppressWarnings("ImmutableMemberCollection")
record Backfill(
    String id, String version, HashMap<Integer, Long> from, HashMap<Integer, Long> until)
    implements Serializable {

  private static final long serialVersionUID = 1;

  /** Offsets to go through; a little more than records, as transactions take some. */
  long total() {
    return until.keySet().stream().mapToLong(this::size).sum();
  }

  /** Offsets that a group with these positions has gone through. */
  long done(Map<Integer, Long> positions) {
    return until.keySet().stream()
        .mapToLong(
            partition ->
                Math.max(
                    0,
                    Math.min(positions.getOrDefault(partition, 0L), end(partition))
                        - begin(partition)))
        .sum();
  }

  /** Names the operator of its models; when that has come to its end, so has the back-fill. */
  String uid() {
    return "reinforce-backfill-" + id;
  }

  /** The consumer group whose offsets tell how far it is. */
  String group(String job) {
    return job + "-backfill-" + id;
  }

  private long size(int partition) {
    return Math.max(0, end(partition) - begin(partition));
  }

  private long begin(int partition) {
    return from.getOrDefault(partition, 0L);
  }

  private long end(int partition) {
    return until.getOrDefault(partition, 0L);
  }
}
