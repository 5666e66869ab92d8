package org.everclip.dashboard.feed;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.everclip.contracts.avro.TrainingMetric;

/** The curves of the runs that were active last. Thread-safe. */
public final class Curves {

  private static final int MOST_RUNS = 12;

  /** How far the run that was active last has come. */
  public record Position(String run, int round, long step) {}

  private final Map<String, Curve> runs = new HashMap<>();

  synchronized void add(TrainingMetric metric) {
    runs.computeIfAbsent(metric.getRun(), run -> new Curve()).add(metric);
    if (runs.size() > MOST_RUNS) {
      runs.entrySet().stream()
          .min(Comparator.comparing(run -> run.getValue().time()))
          .map(Map.Entry::getKey)
          .ifPresent(runs::remove);
    }
  }

  /** The runs' curves by name. */
  public synchronized Map<String, Curve.Snapshot> snapshots() {
    var copy = new TreeMap<String, Curve.Snapshot>();
    runs.forEach((run, curve) -> copy.put(run, curve.copy()));
    return copy;
  }

  public synchronized Optional<Position> position() {
    return runs.entrySet().stream()
        .max(Comparator.comparing(run -> run.getValue().time()))
        .map(run -> run.getValue().position(run.getKey()));
  }
}
