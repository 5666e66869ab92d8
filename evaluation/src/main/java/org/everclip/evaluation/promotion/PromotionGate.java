package org.everclip.evaluation.promotion;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.config.EverclipConfig.Promotion;

/**
 * The rule that moves {@code main}: on the tasks that both versions were measured on with the same
 * data, the mean must not fall, no task may fall far outside its noise, few samples may flip from
 * right to wrong, and required tasks must be there. Pure; thread-safe.
 */
public final class PromotionGate {

  private final Promotion rule;

  public PromotionGate(Promotion rule) {
    this.rule = rule;
  }

  /**
   * A task's main metric with its 95 % interval.
   *
   * @param suite results of different suites are never compared
   */
  public record Score(String suite, double value, double low, double high) {}

  /** Decides on the first version: it becomes main when it was measured on the required tasks. */
  public Decision first(Map<String, Score> candidate) {
    var refusals = missing(candidate);
    if (candidate.isEmpty()) {
      refusals.add("no task could be measured");
    }
    var reasons = new ArrayList<>(refusals);
    if (refusals.isEmpty()) {
      reasons.add("there is no %s yet".formatted(rule.alias()));
    }
    return new Decision(refusals.isEmpty(), reasons, Map.of(), new Flips(0, 0, 0));
  }

  /** Decides on a candidate against the version that main points to. */
  public Decision against(
      String mainName, Map<String, Score> main, Map<String, Score> candidate, Flips flips) {
    List<String> refusals = missing(candidate);
    var notes = new ArrayList<String>();
    var deltas = new TreeMap<String, Double>();
    double sum = 0;
    for (var entry : candidate.entrySet()) {
      Score before = main.get(entry.getKey());
      Score after = entry.getValue();
      if (before == null || !before.suite().equals(after.suite())) {
        notes.add(
            "%s was not measured on the same data for %s".formatted(entry.getKey(), mainName));
        continue;
      }
      double delta = after.value() - before.value();
      deltas.put(entry.getKey(), delta);
      sum += delta;
      double noise = Math.max(before.value() - before.low(), after.high() - after.value());
      if (-delta > rule.maxTaskDrop() + noise) {
        refusals.add(
            "%s falls by %s points, more than the allowed %s plus its noise of %s"
                .formatted(
                    entry.getKey(), points(-delta), points(rule.maxTaskDrop()), points(noise)));
      }
    }
    if (deltas.isEmpty()) {
      refusals.add("no task was measured on the same data for both versions");
    } else {
      double mean = sum / deltas.size();
      String change =
          "mean over %d tasks changes by %s points against %s"
              .formatted(deltas.size(), points(mean), mainName);
      if (mean < rule.minGain()) {
        refusals.add(change + ", required is at least " + points(rule.minGain()));
      } else {
        notes.add(0, change);
      }
    }
    if (flips.negativeRate() > rule.maxNegativeFlips()) {
      refusals.add(
          "%d of %d samples flip from right to wrong (%s %%), allowed are %s %%"
              .formatted(
                  flips.negative(),
                  flips.shared(),
                  points(flips.negativeRate()),
                  points(rule.maxNegativeFlips())));
    } else {
      notes.add(
          "%d of %d samples flip from right to wrong, %d the other way"
              .formatted(flips.negative(), flips.shared(), flips.positive()));
    }
    boolean promote = refusals.isEmpty();
    refusals.addAll(notes);
    return new Decision(promote, refusals, deltas, flips);
  }

  private List<String> missing(Map<String, Score> candidate) {
    var missing = new ArrayList<String>();
    for (String task : rule.requiredTasks()) {
      if (!candidate.containsKey(task)) {
        missing.add("required task " + task + " has no result");
      }
    }
    return missing;
  }

  private static String points(double share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share);
  }
}
