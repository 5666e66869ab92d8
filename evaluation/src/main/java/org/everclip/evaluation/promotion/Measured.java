package org.everclip.evaluation.promotion;

import java.util.Map;
import org.everclip.evaluation.metric.Interval;
import org.jspecify.annotations.Nullable;

/**
 * What the rule knows of a version.
 *
 * @param name for sentences, e.g. {@code main (v3)}
 * @param scores benchmarks that have a result, by task
 * @param cells the E matrix's row: results by period; looked at task by task, in no mean
 * @param unmeasured why the other benchmarks have none, by task
 * @param latency p50 of one picture and one text; null when it was not measured
 */
public record Measured(
    String name,
    Map<String, Score> scores,
    Map<String, Score> cells,
    Map<String, String> unmeasured,
    @Nullable Score latency) {

  public Measured {
    scores = Map.copyOf(scores);
    cells = Map.copyOf(cells);
    unmeasured = Map.copyOf(unmeasured);
  }

  /**
   * A figure with its 95 % interval.
   *
   * @param suite results of different suites are never compared
   */
  public record Score(String suite, double value, double low, double high) {

    public Score(String suite, double value, Interval interval) {
      this(suite, value, interval.low(), interval.high());
    }
  }
}
