package org.everclip.evaluation.role;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.continual.TransferMatrix;
import org.everclip.evaluation.continual.TransferMatrix.Mean;
import org.everclip.evaluation.continual.TransferMatrix.Row;
import org.everclip.evaluation.continual.TransferMatrix.Transfer;

/** Keeps the records about transfer over the E matrix in step with its cells. For one thread. */
final class MatrixKeeper {

  private static final String CELL = EvaluationGroups.PERIOD + "/";
  private static final Map<String, String> METRICS =
      Map.of("mean_recall@5", "", "mean_recall@1", "@1");

  private final Results results;
  private final Comparison comparison;
  private final Measurement measurement;

  MatrixKeeper(Results results, Comparison comparison, Measurement measurement) {
    this.results = results;
    this.comparison = comparison;
    this.measurement = measurement;
  }

  /** A cell with how its period stands to what the version was trained on; others as they are. */
  static EvaluationResult related(EvaluationResult result, VersionInfo version, Lineage lineage) {
    if (result.getGroup().equals(EvaluationGroups.PERIOD)) {
      lineage
          .newest(version)
          .ifPresent(
              newest ->
                  result
                      .getMetrics()
                      .put("relation", (double) TransferMatrix.relation(newest, period(result))));
    }
    return result;
  }

  /** Writes the records that have changed; versions in their order. */
  void refresh(List<VersionInfo> versions, Tasks tasks) throws InterruptedException {
    if (tasks.periods().isEmpty()) {
      return;
    }
    var lineage = new Lineage(versions);
    String suite =
        Suite.id(
            EvaluationGroups.MATRIX,
            tasks.periods().stream().flatMap(period -> period.entries().stream()).toList(),
            "");
    Map<String, List<Row>> rows = new TreeMap<>();
    for (VersionInfo version : versions) {
      List<EvaluationResult> cells = comparison.cells(version, tasks);
      if (cells.isEmpty()) {
        continue;
      }
      METRICS
          .keySet()
          .forEach(metric -> rows(rows, metric).add(row(version, lineage, cells, metric)));
      EvaluationResult record = record(version, suite, rows, cells);
      Optional<EvaluationResult> before =
          results.find(
              version.manifest().model(), version.version(), suite, EvaluationGroups.MATRIX);
      if (before.isEmpty() || !same(before.get(), record)) {
        results.add(record);
      }
    }
  }

  private static List<Row> rows(Map<String, List<Row>> rows, String metric) {
    return rows.computeIfAbsent(metric, name -> new ArrayList<>());
  }

  private static Row row(
      VersionInfo version, Lineage lineage, List<EvaluationResult> cells, String metric) {
    var byPeriod = new HashMap<String, Double>();
    for (EvaluationResult cell : cells) {
      Double value = cell.getMetrics().get(metric);
      if (value != null) {
        byPeriod.put(period(cell), value);
      }
    }
    return new Row(version.version(), lineage.newest(version).orElse(null), byPeriod);
  }

  private EvaluationResult record(
      VersionInfo version,
      String suite,
      Map<String, List<Row>> rows,
      List<EvaluationResult> cells) {
    var metrics = new HashMap<String, Double>();
    rows.forEach(
        (metric, all) -> {
          Transfer transfer = TransferMatrix.of(all).transfer();
          String suffix = METRICS.getOrDefault(metric, "");
          put(metrics, "inDomain", suffix, transfer.inDomain());
          put(metrics, "backward", suffix, transfer.backward());
          put(metrics, "forward", suffix, transfer.forward());
        });
    return measurement
        .about(version, suite, EvaluationGroups.MATRIX, EvaluationGroups.MATRIX)
        .setMainMetric("backward")
        .setValue(metrics.get("backward"))
        .setSamples(cells.stream().mapToInt(EvaluationResult::getSamples).sum())
        .setMetrics(metrics)
        .build();
  }

  private static void put(Map<String, Double> metrics, String name, String suffix, Mean mean) {
    mean.value().ifPresent(value -> metrics.put(name + suffix, value));
    if (suffix.isEmpty()) {
      metrics.put(name + ".cells", (double) mean.cells());
    }
  }

  private static boolean same(EvaluationResult one, EvaluationResult other) {
    return Objects.equals(one.getMetrics(), other.getMetrics())
        && one.getSamples() == other.getSamples();
  }

  private static String period(EvaluationResult cell) {
    return cell.getTask().substring(CELL.length());
  }
}
