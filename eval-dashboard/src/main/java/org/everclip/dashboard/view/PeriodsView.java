package org.everclip.dashboard.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.Periods;
import org.everclip.contracts.avro.EvaluationResult;
import org.jspecify.annotations.Nullable;

/**
 * The E matrix: each version on the frozen holdout of each period, and what follows from it.
 * Reading along a row shows what a version has forgotten.
 */
final class PeriodsView {

  private static final String PREFIX = "period/";

  /** One value with its interval. */
  record Cell(
      @Nullable Double value,
      @Nullable Double low,
      @Nullable Double high,
      int samples,
      String why) {}

  /** One version's values in the order of the periods, and the transfers up to it. */
  record Line(int version, List<Cell> cells, Map<String, Double> transfer, String note) {}

  record Matrix(String model, String metric, List<String> periods, List<Line> lines) {}

  private final ResultIndex index;

  PeriodsView(ResultIndex index) {
    this.index = index;
  }

  /** Newest version first. */
  Matrix of(String name, int limit) {
    var byPeriod = new TreeMap<String, ResultIndex.Task>(Periods.BY_TIME);
    for (ResultIndex.Task task : index.group(name, EvaluationGroups.PERIOD)) {
      if (task.task().startsWith(PREFIX)) {
        byPeriod.put(task.task().substring(PREFIX.length()), task);
      }
    }
    var versions = new TreeSet<Integer>();
    byPeriod.values().forEach(task -> versions.addAll(task.byVersion().keySet()));
    Map<Integer, EvaluationResult> transfers = new TreeMap<>();
    for (ResultIndex.Task task : index.group(name, EvaluationGroups.MATRIX)) {
      transfers.putAll(task.byVersion());
    }
    var lines = new ArrayList<Line>();
    for (int version : versions.descendingSet()) {
      if (lines.size() < limit) {
        lines.add(line(version, byPeriod, transfers.get(version)));
      }
    }
    String metric =
        byPeriod.values().stream()
            .map(ResultIndex.Task::metric)
            .filter(text -> !text.isEmpty())
            .findFirst()
            .orElse("");
    return new Matrix(name, metric, List.copyOf(byPeriod.keySet()), lines);
  }

  private static Line line(
      int version, Map<String, ResultIndex.Task> byPeriod, @Nullable EvaluationResult transfer) {
    List<Cell> cells =
        byPeriod.values().stream().map(task -> cell(task.byVersion().get(version))).toList();
    return new Line(
        version,
        cells,
        transfer == null ? Map.of() : new TreeMap<>(transfer.getMetrics()),
        transfer == null ? "" : transfer.getDetail());
  }

  private static Cell cell(@Nullable EvaluationResult result) {
    if (result == null) {
      return new Cell(null, null, null, 0, "not evaluated yet");
    }
    return new Cell(
        BenchmarksView.value(result),
        result.getLow(),
        result.getHigh(),
        result.getSamples(),
        result.getDetail());
  }
}
