package org.everclip.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.PublishedResults;
import org.everclip.evaluation.metric.Averages;
import org.everclip.evaluation.metric.Averages.Average;
import org.everclip.evaluation.metric.Interval;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.everclip.evaluation.task.UnavailableException;
import org.jspecify.annotations.Nullable;

/** What {@code everclip evaluate} prints. Not thread-safe. */
final class EvaluationReport {

  private final PublishedResults.@Nullable Model anchor;
  private final Map<String, Row> rows = new LinkedHashMap<>();

  EvaluationReport(PublishedResults.@Nullable Model anchor) {
    this.anchor = anchor;
  }

  /** One task; either measured or not available. */
  private record Row(
      String metric, @Nullable TaskOutcome outcome, @Nullable Double value, String unavailable) {}

  /**
   * Adds a measured task.
   *
   * @throws UnavailableException when the data do not give the metric
   */
  void add(Task task, String metric, TaskOutcome outcome) throws UnavailableException {
    Double value = outcome.metrics().get(metric);
    if (value == null) {
      throw new UnavailableException("the data do not give " + metric);
    }
    rows.put(task.key(), new Row(metric, outcome, value, ""));
  }

  void addUnavailable(Task task, String why) {
    rows.put(task.key(), new Row(task.mainMetric(), null, null, why));
  }

  /** The five published averages over the 38, each with what it covers. */
  List<Average> averages() {
    var values = new TreeMap<String, Double>();
    rows.forEach(
        (key, row) -> {
          if (row.value != null) {
            values.put(key, row.value);
          }
        });
    return Averages.of(TaskCatalogue.families(), values);
  }

  /** One JSON object: a member for each task, and {@code averages}. */
  String json() throws JsonProcessingException {
    var all = new LinkedHashMap<String, Object>();
    rows.forEach((key, row) -> all.put(key, json(key, row)));
    var averages = new LinkedHashMap<String, Object>();
    for (Average average : averages()) {
      var shown = new LinkedHashMap<String, @Nullable Object>();
      shown.put("value", average.value());
      shown.put("covered", average.covered());
      shown.put("tasks", average.tasks());
      averages.put(average.family(), shown);
    }
    all.put("averages", averages);
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsString(all);
  }

  private Map<String, Object> json(String key, Row row) {
    var shown = new LinkedHashMap<String, Object>();
    shown.put("metric", row.metric);
    if (row.outcome == null || row.value == null) {
      shown.put("notAvailable", row.unavailable);
      return shown;
    }
    Interval interval = row.outcome.interval(row.metric);
    shown.put("value", row.value);
    shown.put("low", interval.low());
    shown.put("high", interval.high());
    shown.put("samples", row.outcome.samples());
    shown.put("seconds", row.outcome.seconds());
    if (published(key) != null) {
      shown.put("published", published(key));
    }
    shown.put("metrics", row.outcome.metrics());
    return shown;
  }

  /** A line for each task, then the averages. */
  String text() {
    var lines = new ArrayList<String>();
    rows.forEach((key, row) -> lines.add(line(key, row)));
    for (Average average : averages()) {
      if (average.value() != null) {
        lines.add(
            String.format(
                Locale.ROOT, "%-52s %.4f%s", average.label(), average.value(), mean(average)));
      }
    }
    long measured = rows.values().stream().filter(row -> row.value != null).count();
    lines.add("%d of %d tasks measured".formatted(measured, rows.size()));
    return String.join(System.lineSeparator(), lines);
  }

  private String line(String key, Row row) {
    if (row.outcome == null || row.value == null) {
      return "%-52s N/A  (%s)".formatted(key, row.unavailable);
    }
    Interval interval = row.outcome.interval(row.metric);
    Double published = published(key);
    return String.format(
        Locale.ROOT,
        "%-52s %.4f  [%.4f, %.4f]  %s, n=%d%s",
        key,
        row.value,
        interval.low(),
        interval.high(),
        row.metric,
        row.outcome.samples(),
        published == null ? "" : String.format(Locale.ROOT, "  published %.4f", published));
  }

  private @Nullable Double published(String key) {
    return anchor == null ? null : anchor.tasks().get(key);
  }

  /** A published average beside ours, only when ours covers as many tasks. */
  private String mean(Average average) {
    if (anchor == null || !average.complete()) {
      return "";
    }
    Double value = anchor.averages().get(average.family());
    return value == null ? "" : String.format(Locale.ROOT, "  published %.4f", value);
  }
}
