package org.everclip.trainer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.everclip.clip.training.StepResult;
import org.everclip.contracts.avro.RejectionReason;

/** When a step's loss means that its batch must be undone. */
final class SpikeRule {

  /** How far above the median of the newest losses a loss may lie. */
  static final double FACTOR = 3;

  /** Steps of a round before a spike is judged, and losses that are remembered. */
  static final int MIN_LOSSES = 20;

  static final int MAX_LOSSES = 50;

  private SpikeRule() {}

  /** Why the batch is bad, if it is. */
  static Optional<RejectionReason> judge(StepResult result, List<Double> newest) {
    if (!result.finite() || !Double.isFinite(result.loss())) {
      return Optional.of(RejectionReason.TRAIN_NOT_FINITE);
    }
    if (newest.size() >= MIN_LOSSES && result.loss() > FACTOR * median(newest)) {
      return Optional.of(RejectionReason.TRAIN_SPIKE);
    }
    return Optional.empty();
  }

  /** The newest losses with one more, the oldest dropped. */
  static List<Double> remember(List<Double> newest, double loss) {
    var all = new ArrayList<>(newest);
    all.add(loss);
    return all.size() <= MAX_LOSSES ? all : all.subList(all.size() - MAX_LOSSES, all.size());
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }
}
