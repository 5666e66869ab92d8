package org.everclip.dashboard.view;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The figures of the page as CSV (RFC 4180), one measured value a row. */
final class CsvExport {

  private static final String[] BENCHMARKS = {
    "model", "version", "group", "task", "metric", "status", "value", "low", "high", "samples",
    "suite", "detail"
  };

  private CsvExport() {}

  static String benchmarks(List<BenchmarksView.Matrix> matrices) {
    var csv = new StringBuilder();
    row(csv, (Object[]) BENCHMARKS);
    for (BenchmarksView.Matrix matrix : matrices) {
      for (BenchmarksView.Group group : matrix.groups()) {
        for (BenchmarksView.Row task : group.rows()) {
          for (int i = 0; i < task.cells().size(); i++) {
            BenchmarksView.Cell cell = task.cells().get(i);
            row(
                csv,
                matrix.model(),
                matrix.versions().get(i),
                group.family(),
                task.task(),
                task.metric(),
                cell.status(),
                cell.value(),
                cell.low(),
                cell.high(),
                cell.samples(),
                cell.suite(),
                cell.detail());
          }
        }
      }
    }
    return csv.toString();
  }

  static String versions(VersionsView.Versions versions) {
    var csv = new StringBuilder();
    row(
        csv,
        (Object[])
            new String[] {
              "model",
              "version",
              "parent",
              "round",
              "steps",
              "created",
              "aliases",
              "retired",
              "commit",
              "promoted"
            });
    for (VersionsView.Model model : versions.models()) {
      for (VersionsView.Line line : model.versions()) {
        row(
            csv,
            model.model(),
            line.version(),
            line.parent(),
            line.round(),
            line.steps(),
            line.created(),
            String.join(" ", line.aliases()),
            line.retired(),
            line.commit(),
            line.promoted());
      }
    }
    return csv.toString();
  }

  static String training(List<TrainingView.Run> runs) {
    var csv = new StringBuilder();
    row(csv, "run", "step", "name", "value");
    for (TrainingView.Run run : runs) {
      run.series()
          .forEach(
              (name, series) -> {
                for (int i = 0; i < series.steps().size(); i++) {
                  row(csv, run.run(), series.steps().get(i), name, series.values().get(i));
                }
              });
    }
    return csv.toString();
  }

  private static void row(StringBuilder csv, @Nullable Object... cells) {
    csv.append(Arrays.stream(cells).map(CsvExport::cell).collect(Collectors.joining(",")))
        .append("\r\n");
  }

  private static String cell(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof Double number) {
      return String.format(Locale.ROOT, "%.8g", number);
    }
    String text = value.toString();
    if (value instanceof Number || text.isEmpty()) {
      return text;
    }
    // A spreadsheet would run a text that begins so as a formula.
    String safe = "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    return safe.matches("[^\",\r\n]*") ? safe : "\"" + safe.replace("\"", "\"\"") + "\"";
  }
}
