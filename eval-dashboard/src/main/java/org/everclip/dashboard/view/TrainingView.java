package org.everclip.dashboard.view;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.avro.TrainingMetric;
import org.everclip.dashboard.feed.ReadModel;

/** Curves by run, thinned to what a chart can show. */
final class TrainingView {

  static final int MAX_POINTS = 600;

  /** The trainer's mark of a publication among the values of a step. */
  private static final String PUBLISHED = "publishedVersion";

  /** One curve; each point is the mean of the steps that it stands for. */
  record Series(List<Long> steps, List<Double> values) {}

  record Mark(long step, int version) {}

  record Run(
      String run,
      String model,
      int round,
      long lastStep,
      Instant time,
      Map<String, Double> last,
      Map<String, Series> series,
      List<Mark> published) {}

  private final ReadModel model;

  TrainingView(ReadModel model) {
    this.model = model;
  }

  /** The runs, the one that was active last first. */
  List<Run> runs() {
    var runs = new ArrayList<Run>();
    model.curves().forEach((name, points) -> runs.add(run(name, points)));
    runs.sort((a, b) -> b.time().compareTo(a.time()));
    return runs;
  }

  private static Run run(String name, List<TrainingMetric> points) {
    var steps = new TreeMap<String, List<Long>>();
    var values = new TreeMap<String, List<Double>>();
    var last = new TreeMap<String, Double>();
    var marks = new ArrayList<Mark>();
    Instant time = Instant.EPOCH;
    for (TrainingMetric point : points) {
      time = point.getTime().isAfter(time) ? point.getTime() : time;
      for (Map.Entry<String, Double> entry : point.getValues().entrySet()) {
        double value = entry.getValue();
        if (entry.getKey().equals(PUBLISHED)) {
          marks.add(new Mark(point.getStep(), (int) value));
        } else if (Double.isFinite(value)) {
          steps.computeIfAbsent(entry.getKey(), key -> new ArrayList<>()).add(point.getStep());
          values.computeIfAbsent(entry.getKey(), key -> new ArrayList<>()).add(value);
          last.put(entry.getKey(), value);
        }
      }
    }
    var series = new TreeMap<String, Series>();
    steps.forEach((key, at) -> series.put(key, thin(at, values.getOrDefault(key, List.of()))));
    TrainingMetric end = points.get(points.size() - 1);
    return new Run(name, end.getModel(), end.getRound(), end.getStep(), time, last, series, marks);
  }

  private static Series thin(List<Long> steps, List<Double> values) {
    int size = steps.size();
    int points = Math.min(MAX_POINTS, size);
    var thinSteps = new ArrayList<Long>(points);
    var thinValues = new ArrayList<Double>(points);
    for (int i = 0; i < points; i++) {
      int from = (int) ((long) i * size / points);
      int to = (int) ((long) (i + 1) * size / points);
      thinSteps.add(steps.get(to - 1));
      thinValues.add(
          values.subList(from, to).stream()
              .mapToDouble(Double::doubleValue)
              .average()
              .orElseThrow());
    }
    return new Series(thinSteps, thinValues);
  }
}
