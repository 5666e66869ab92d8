package org.everclip.evaluation.metric;

import java.util.Arrays;

/**
 * Accuracy in the groups 0, 1, … of one metadata field, and the worst of those with samples. The
 * shares are float32 as the reference's. Source: wilds, common/metrics/metric.py
 * (compute_group_wise, worst) and common/grouper.py; datacomp, eval_utils/wilds_eval.py and
 * fairness_eval.py: group names are numbers there, so no region is left out as "Other". Not
 * thread-safe.
 */
public final class GroupAccuracy {

  private final String name;
  private final String field;
  private final String worst;
  private int[] seen = new int[8];
  private int[] right = new int[8];
  private int groups;

  /**
   * Starts to count.
   *
   * @param name of the accuracy: {@code acc}, {@code acc_top5}
   * @param worst name of the smallest
   */
  public GroupAccuracy(String name, String field, String worst) {
    this.name = name;
    this.field = field;
    this.worst = worst;
  }

  /** Adds one image. */
  public void add(boolean hit, long group) {
    if (group < 0 || group > 100_000) {
      throw new IllegalArgumentException("%d is no group of %s".formatted(group, field));
    }
    int g = (int) group;
    if (g >= seen.length) {
      seen = Arrays.copyOf(seen, 2 * g);
      right = Arrays.copyOf(right, 2 * g);
    }
    groups = Math.max(groups, g + 1);
    seen[g]++;
    if (hit) {
      right[g]++;
    }
  }

  /** The metrics by their reference names. */
  public Metrics metrics() {
    var metrics = new Metrics.Builder();
    int all = Arrays.stream(seen).sum();
    metrics.share(name + "_avg", share(Arrays.stream(right).sum(), all), all);
    int smallest = -1;
    for (int g = 0; g < groups; g++) {
      if (seen[g] > 0) {
        metrics.share("%s_%s:%d".formatted(name, field, g), share(right[g], seen[g]), seen[g]);
        if (smallest < 0 || share(right[g], seen[g]) < share(right[smallest], seen[smallest])) {
          smallest = g;
        }
      }
      metrics.put("count_%s:%d".formatted(field, g), seen[g]);
    }
    return metrics.share(worst, share(right[smallest], seen[smallest]), seen[smallest]).build();
  }

  private static double share(int hits, int count) {
    return (float) hits / count;
  }
}
