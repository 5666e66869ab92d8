package org.everclip.evaluation;

import java.util.List;
import java.util.Map;

/**
 * What running one task gave.
 *
 * @param metrics by reference name, 0..1
 * @param queries number of judgements behind the main metric's interval
 * @param correct per sample, for flips: key and whether it was right
 */
public record TaskOutcome(
    Map<String, Double> metrics,
    int samples,
    int queries,
    List<Judgement> correct,
    double seconds) {

  public TaskOutcome {
    metrics = Map.copyOf(metrics);
    correct = List.copyOf(correct);
  }

  /** One sample's verdict. */
  public record Judgement(String key, boolean right) {}
}
