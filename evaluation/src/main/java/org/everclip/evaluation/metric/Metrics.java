package org.everclip.evaluation.metric;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Metrics by their reference names, each with its 95 % interval where one is defined. A metric of
 * no samples is absent: the reference prints NaN for it.
 *
 * @param values 0..1, and counts of groups
 */
public record Metrics(Map<String, Double> values, Map<String, Interval> intervals) {

  public Metrics {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    intervals = Map.copyOf(intervals);
  }

  /** Collects metrics in order. Not thread-safe. */
  public static final class Builder {

    private final Map<String, Double> values = new LinkedHashMap<>();
    private final Map<String, Interval> intervals = new LinkedHashMap<>();

    /** A figure without an interval. */
    public Builder put(String name, double value) {
      values.put(name, value);
      return this;
    }

    public Builder put(String name, double value, Interval interval) {
      values.put(name, value);
      intervals.put(name, interval);
      return this;
    }

    /** A share of independent samples. */
    public Builder share(String name, double value, int samples) {
      return put(name, value, Interval.wilson(value, samples));
    }

    public Builder putAll(Metrics others) {
      values.putAll(others.values);
      intervals.putAll(others.intervals);
      return this;
    }

    public Metrics build() {
      return new Metrics(values, intervals);
    }
  }
}
