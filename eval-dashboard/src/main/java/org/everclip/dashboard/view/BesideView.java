package org.everclip.dashboard.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.jspecify.annotations.Nullable;

/** What is known of versions beside accuracy: speed, calibration, and the first look. */
final class BesideView {

  /**
   * One version.
   *
   * @param latency p50 in milliseconds of one picture and one text
   * @param machine hash of what it was measured on: figures of different ones do not compare
   * @param calibrationError mean of the expected calibration errors over classification tasks
   * @param quick mean of the first look on a part of the samples
   * @param quickText the evaluator's sentence about it
   */
  record Line(
      int version,
      @Nullable Double latency,
      @Nullable Double latencyLow,
      @Nullable Double latencyHigh,
      @Nullable Double image,
      @Nullable Double text,
      String machine,
      @Nullable Double calibrationError,
      int calibrationTasks,
      @Nullable Double quick,
      String quickText) {}

  private final ResultIndex index;

  BesideView(ResultIndex index) {
    this.index = index;
  }

  /** Newest first; versions of which nothing of this is known are left out. */
  List<Line> of(String name, int limit) {
    Map<Integer, EvaluationResult> latency = group(name, EvaluationGroups.LATENCY);
    Map<Integer, EvaluationResult> quick = group(name, EvaluationGroups.QUICK);
    Map<Integer, double[]> errors = new TreeMap<>();
    for (ResultIndex.Task task : index.benchmarks(name)) {
      task.byVersion()
          .forEach(
              (version, result) -> {
                Double error = result.getMetrics().get("expected_calibration_error");
                if (error != null) {
                  double[] sum = errors.computeIfAbsent(version, key -> new double[2]);
                  sum[0] += error;
                  sum[1]++;
                }
              });
    }
    var versions = new TreeSet<>(latency.keySet());
    versions.addAll(quick.keySet());
    versions.addAll(errors.keySet());
    var lines = new ArrayList<Line>();
    for (int version : versions.descendingSet()) {
      if (lines.size() < limit) {
        lines.add(line(version, latency.get(version), quick.get(version), errors.get(version)));
      }
    }
    return lines;
  }

  private Map<Integer, EvaluationResult> group(String name, String group) {
    var byVersion = new TreeMap<Integer, EvaluationResult>();
    index.group(name, group).forEach(task -> byVersion.putAll(task.byVersion()));
    return byVersion;
  }

  private static Line line(
      int version,
      @Nullable EvaluationResult latency,
      @Nullable EvaluationResult quick,
      double @Nullable [] errors) {
    return new Line(
        version,
        BenchmarksView.value(latency),
        latency == null ? null : latency.getLow(),
        latency == null ? null : latency.getHigh(),
        latency == null ? null : latency.getMetrics().get("image"),
        latency == null ? null : latency.getMetrics().get("text"),
        latency == null ? "" : latency.getSuite(),
        errors == null ? null : errors[0] / errors[1],
        errors == null ? 0 : (int) errors[1],
        BenchmarksView.value(quick),
        quick == null ? "" : quick.getDetail());
  }
}
