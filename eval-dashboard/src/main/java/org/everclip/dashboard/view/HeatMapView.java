package org.everclip.dashboard.view;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.everclip.contracts.avro.EvaluationResult;
import org.jspecify.annotations.Nullable;

/** All versions × all tasks, values alone: what a picture of a thousand columns needs. */
final class HeatMapView {

  private static final double DIGITS = 1e4;

  /** One task's values, null where there is none. */
  record Line(String task, String family, String metric, List<@Nullable Double> values) {}

  /** Versions from the oldest to the newest. */
  record HeatMap(String model, List<Integer> versions, List<Line> lines) {}

  private final ResultIndex index;

  HeatMapView(ResultIndex index) {
    this.index = index;
  }

  /** Of the newest versions, at most so many. */
  HeatMap of(String name, int limit) {
    List<Integer> known = index.versions(name);
    List<Integer> versions = known.subList(Math.max(0, known.size() - limit), known.size());
    var lines = new ArrayList<Line>();
    for (ResultIndex.Task task : index.benchmarks(name)) {
      var values = new ArrayList<@Nullable Double>(versions.size());
      boolean any = false;
      for (int version : versions) {
        Double value = value(task.byVersion().get(version));
        values.add(value);
        any |= value != null;
      }
      if (any) {
        lines.add(new Line(task.task(), task.family(), task.metric(), values));
      }
    }
    lines.sort(Comparator.comparingInt(line -> Families.place(line.family())));
    return new HeatMap(name, List.copyOf(versions), lines);
  }

  private static @Nullable Double value(@Nullable EvaluationResult result) {
    Double value = BenchmarksView.value(result);
    return value == null ? null : Math.round(value * DIGITS) / DIGITS;
  }
}
