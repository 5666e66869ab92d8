package org.everclip.trainer.checkpoint;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a round has cost so far, in all lives of the process up to each one's newest checkpoint.
 * Time only: nothing that training depends on.
 *
 * @param phases seconds of the clock by phase; together they are all the time
 * @param cpuSeconds of the whole process
 * @param samples that steps were made with; repeated ones count again
 */
public record Spent(SortedMap<String, Double> phases, double cpuSeconds, long samples) {

  /** Nothing yet. */
  public static final Spent NOTHING = new Spent(new TreeMap<>(), 0, 0);

  public Spent {
    phases = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(phases));
  }

  /** The sum of both. */
  public Spent plus(Spent other) {
    var sum = new TreeMap<>(phases);
    other.phases().forEach((phase, seconds) -> sum.merge(phase, seconds, Double::sum));
    return new Spent(sum, cpuSeconds + other.cpuSeconds, samples + other.samples);
  }

  /** Seconds of the clock. */
  public double seconds() {
    return phases.values().stream().mapToDouble(Double::doubleValue).sum();
  }
}
