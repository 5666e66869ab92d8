package org.everclip.evaluation.promotion;

import java.util.List;
import java.util.Map;

/**
 * Whether a version becomes {@code main}, and why.
 *
 * @param reasons sentences for people; the ones that refuse come first
 * @param deltas main metric of the candidate minus that of main, by task
 */
public record Decision(
    boolean promote, List<String> reasons, Map<String, Double> deltas, Flips flips) {

  public Decision {
    reasons = List.copyOf(reasons);
    deltas = Map.copyOf(deltas);
  }
}
