package org.everclip.dashboard.view;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.jspecify.annotations.Nullable;

/** What the evaluator found when it compared two versions sample by sample (group flips). */
final class PairedChanges {

  private static final String DELTA = "delta:";

  /**
   * A comparison on the same samples, from the first version to the second.
   *
   * @param negative right before, wrong after
   * @param delta change of the share that is right; null over all tasks
   * @param low of its 95 % interval (paired bootstrap)
   * @param p of McNemar's exact test
   */
  record Paired(
      long shared,
      long negative,
      long positive,
      @Nullable Double delta,
      @Nullable Double low,
      @Nullable Double high,
      @Nullable Double p) {

    private Paired reversed() {
      return new Paired(shared, positive, negative, minus(delta), minus(high), minus(low), p);
    }

    private static @Nullable Double minus(@Nullable Double value) {
      return value == null ? null : -value;
    }
  }

  private record Found(Map<String, Double> metrics, boolean reversed) {}

  private final ResultIndex index;

  PairedChanges(ResultIndex index) {
    this.index = index;
  }

  /** By task; empty when the evaluator has not compared these two. */
  Map<String, Paired> between(String name, int first, int second) {
    Found found = find(name, first, second);
    var byTask = new TreeMap<String, Paired>();
    if (found != null) {
      for (String key : found.metrics().keySet()) {
        if (key.startsWith(DELTA)) {
          String task = key.substring(DELTA.length());
          byTask.put(task, read(found, ":" + task));
        }
      }
    }
    return byTask;
  }

  /** Over all tasks; null when the evaluator has not compared these two. */
  @Nullable Paired overall(String name, int first, int second) {
    Found found = find(name, first, second);
    return found == null || !found.metrics().containsKey("shared") ? null : read(found, "");
  }

  private static Paired read(Found found, String suffix) {
    Map<String, Double> metrics = found.metrics();
    var paired =
        new Paired(
            metrics.getOrDefault("shared" + suffix, 0.0).longValue(),
            metrics.getOrDefault("negative" + suffix, 0.0).longValue(),
            metrics.getOrDefault("positive" + suffix, 0.0).longValue(),
            metrics.get("delta" + suffix),
            metrics.get("deltaLow" + suffix),
            metrics.get("deltaHigh" + suffix),
            metrics.get("p" + suffix));
    return found.reversed() ? paired.reversed() : paired;
  }

  private @Nullable Found find(String name, int first, int second) {
    for (ResultIndex.Task task : index.group(name, EvaluationGroups.FLIPS)) {
      EvaluationResult forward = task.byVersion().get(second);
      if (isAgainst(forward, first)) {
        return new Found(Objects.requireNonNull(forward).getMetrics(), false);
      }
      EvaluationResult backward = task.byVersion().get(first);
      if (isAgainst(backward, second)) {
        return new Found(Objects.requireNonNull(backward).getMetrics(), true);
      }
    }
    return null;
  }

  private static boolean isAgainst(@Nullable EvaluationResult result, int version) {
    return result != null && result.getMetrics().getOrDefault("against", 0.0) == version;
  }
}
