package org.everclip.evaluation;

import java.util.List;
import java.util.Map;
import org.everclip.evaluation.metric.Interval;
import org.everclip.evaluation.metric.Metrics;

/**
 * What running one task gave.
 *
 * @param measured metrics by reference name, with their 95 % intervals
 * @param correct per sample, for flips
 */
public record TaskOutcome(Metrics measured, int samples, List<Judgement> correct, double seconds) {

  public TaskOutcome {
    correct = List.copyOf(correct);
  }

  /** The metrics by reference name, 0..1 (and counts of groups). */
  public Map<String, Double> metrics() {
    return measured.values();
  }

  /** The interval of a metric that has a value; all of [0, 1] when nothing narrower is known. */
  public Interval interval(String metric) {
    return measured.intervals().getOrDefault(metric, new Interval(0, 1));
  }

  /**
   * One sample's verdict.
   *
   * @param key unique in the task
   * @param answer predicted class, rank of the own image or caption, or chosen option
   * @param margin the smallest change of a cosine that could change the verdict
   */
  public record Judgement(String key, boolean right, int answer, float margin) {}
}
