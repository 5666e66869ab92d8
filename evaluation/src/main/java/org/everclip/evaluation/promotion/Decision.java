package org.everclip.evaluation.promotion;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.evaluation.continual.Flips;

/**
 * Whether a version becomes {@code main}, and why.
 *
 * @param reasons sentences for people; the ones that refuse come first
 * @param deltas main metric of the candidate minus that of main, by task
 * @param figures what the rule looked at: {@code mean}, {@code mean.tasks}, {@code worst}, …
 */
public record Decision(
    boolean promote,
    List<String> reasons,
    Map<String, Double> deltas,
    Map<String, Double> figures,
    Flips flips) {

  public Decision {
    reasons = List.copyOf(reasons);
    deltas = Map.copyOf(deltas);
    figures = Map.copyOf(figures);
  }

  /** A decision that rests on no comparison. */
  public static Decision without(boolean promote, List<String> reasons) {
    return new Decision(promote, reasons, Map.of(), Map.of(), Flips.NONE);
  }

  /** All figures under the names of the decision's record. */
  public Map<String, Double> metrics() {
    var metrics = new TreeMap<String, Double>(figures);
    deltas.forEach((task, delta) -> metrics.put("delta:" + task, delta));
    metrics.put("flips.shared", (double) flips.shared());
    metrics.put("flips.negative", (double) flips.negative());
    metrics.put("flips.positive", (double) flips.positive());
    metrics.put("flips.p", flips.p());
    return metrics;
  }
}
