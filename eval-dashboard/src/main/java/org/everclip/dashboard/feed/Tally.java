package org.everclip.dashboard.feed;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.avro.Split;

/** Counts of everything since the topics' beginning. Not thread-safe. */
final class Tally {

  private final Map<String, Long> reasons = new TreeMap<>();
  private final Map<RejectionStage, Long> stages = new EnumMap<>(RejectionStage.class);
  private long accepted;
  private long holdout;
  private long reinforced;
  private long deleted;

  void accepted(AcceptedPair pair) {
    accepted++;
    if (pair.getSplit() == Split.HOLDOUT) {
      holdout++;
    }
  }

  void reinforced() {
    reinforced++;
  }

  void deleted() {
    deleted++;
  }

  void rejected(RejectedPair pair) {
    reasons.merge(pair.getReason().name(), 1L, Long::sum);
    stages.merge(pair.getStage(), 1L, Long::sum);
  }

  Counts counts() {
    long rejected = stages.values().stream().mapToLong(Long::longValue).sum();
    var byStage = new TreeMap<String, Long>();
    stages.forEach((stage, count) -> byStage.put(stage.name(), count));
    long later =
        stages.getOrDefault(RejectionStage.REINFORCE, 0L)
            + stages.getOrDefault(RejectionStage.TRAIN, 0L);
    return new Counts(
        accepted, holdout, rejected, later, reinforced, deleted, new TreeMap<>(reasons), byStage);
  }
}
