package org.everclip.dashboard.view;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.dashboard.feed.ReadModel;
import org.jspecify.annotations.Nullable;

/**
 * Version × task with intervals, averages that say what they cover, and the decisions. A task
 * without data has a cell that says so; it never counts as 0.
 */
final class BenchmarksView {

  private static final List<String> GROUPS = List.of("holdout", "local", "datacomp");

  /**
   * One result.
   *
   * @param status {@code DONE}, {@code NOT_AVAILABLE}, {@code FAILED} or {@code PENDING}
   * @param suite results of different suites were measured on different data
   */
  record Cell(
      String status,
      @Nullable Double value,
      @Nullable Double low,
      @Nullable Double high,
      int samples,
      String detail,
      String suite,
      double seconds) {}

  /** One task; the cells are in the order of the versions. */
  record Row(String task, String metric, List<Cell> cells) {}

  /** A mean and how many of the tasks it covers. */
  record Mean(@Nullable Double value, int covered) {}

  /** Means over the tasks of one kind. */
  record Average(String label, String metric, int tasks, List<Mean> means) {}

  record Group(String group, List<Row> rows, List<Average> averages) {}

  record Matrix(
      String model,
      @Nullable Integer main,
      List<Integer> versions,
      int totalVersions,
      List<Group> groups,
      List<Decisions.Verdict> decisions) {}

  private final ReadModel model;
  private final Decisions decisions;

  BenchmarksView(ReadModel model, Decisions decisions) {
    this.model = model;
    this.decisions = decisions;
  }

  /** One matrix a model; versions newest first, at most so many. */
  List<Matrix> matrices(int limit) {
    var byModel = new TreeMap<String, List<EvaluationResult>>();
    for (EvaluationResult result : model.results()) {
      byModel.computeIfAbsent(result.getModel(), name -> new ArrayList<>()).add(result);
    }
    model.versions().keySet().forEach(name -> byModel.putIfAbsent(name, List.of()));
    var matrices = new ArrayList<Matrix>();
    byModel.forEach((name, results) -> matrices.add(matrix(name, results, limit)));
    return matrices;
  }

  private Matrix matrix(String name, List<EvaluationResult> results, int limit) {
    var known = new TreeSet<Integer>(Comparator.reverseOrder());
    results.forEach(result -> known.add(result.getVersion()));
    for (VersionInfo version : model.versions().getOrDefault(name, List.of())) {
      known.add(version.version());
    }
    List<Integer> versions = known.stream().limit(limit).toList();
    var shown = new HashSet<>(versions);
    List<EvaluationResult> theirs =
        results.stream().filter(result -> shown.contains(result.getVersion())).toList();
    var groups = new ArrayList<Group>();
    for (String group : groups(theirs)) {
      groups.add(group(group, theirs, versions));
    }
    List<Decisions.Verdict> verdicts =
        decisions.all().stream()
            .filter(verdict -> verdict.model().equals(name) && shown.contains(verdict.version()))
            .sorted(Comparator.comparingInt(Decisions.Verdict::version).reversed())
            .toList();
    return new Matrix(name, decisions.main(name), versions, known.size(), groups, verdicts);
  }

  /** The results of certain versions, in that order. */
  List<Group> of(String name, List<Integer> versions) {
    List<EvaluationResult> results =
        model.results().stream()
            .filter(
                result -> result.getModel().equals(name) && versions.contains(result.getVersion()))
            .toList();
    return groups(results).stream().map(group -> group(group, results, versions)).toList();
  }

  private static List<String> groups(List<EvaluationResult> results) {
    var others = new TreeSet<String>();
    for (EvaluationResult result : results) {
      if (EvaluationGroups.isBenchmark(result.getGroup()) && !GROUPS.contains(result.getGroup())) {
        others.add(result.getGroup());
      }
    }
    var groups = new ArrayList<>(GROUPS);
    groups.addAll(others);
    return groups;
  }

  private static Group group(String group, List<EvaluationResult> results, List<Integer> versions) {
    Map<String, Map<Integer, EvaluationResult>> byTask = new TreeMap<>();
    var order = new ArrayList<String>();
    for (EvaluationResult result : results) {
      if (result.getGroup().equals(group)) {
        if (!byTask.containsKey(result.getTask())) {
          order.add(result.getTask());
        }
        byTask
            .computeIfAbsent(result.getTask(), task -> new TreeMap<>())
            .merge(result.getVersion(), result, BenchmarksView::later);
      }
    }
    var rows = new ArrayList<Row>();
    for (String task : order) {
      Map<Integer, EvaluationResult> found = byTask.getOrDefault(task, Map.of());
      String metric =
          found.values().stream().map(EvaluationResult::getMainMetric).findFirst().orElse("");
      rows.add(new Row(task, metric, versions.stream().map(v -> cell(found.get(v))).toList()));
    }
    return new Group(group, rows, averages(group, rows, versions.size()));
  }

  private static EvaluationResult later(EvaluationResult a, EvaluationResult b) {
    return b.getTime().isBefore(a.getTime()) ? a : b;
  }

  private static Cell cell(@Nullable EvaluationResult result) {
    if (result == null) {
      return new Cell("PENDING", null, null, null, 0, "not evaluated yet", "", 0);
    }
    return new Cell(
        result.getStatus().name(),
        result.getStatus() == EvaluationStatus.DONE ? result.getValue() : null,
        result.getLow(),
        result.getHigh(),
        result.getSamples(),
        result.getDetail(),
        result.getSuite(),
        result.getSeconds());
  }

  private static List<Average> averages(String group, List<Row> rows, int versions) {
    var byKind = new TreeMap<String, List<Row>>();
    for (Row row : rows) {
      if (row.cells().stream().anyMatch(cell -> cell.value() != null)) {
        byKind.computeIfAbsent(kind(row.metric()), kind -> new ArrayList<>()).add(row);
      }
    }
    var averages = new ArrayList<Average>();
    byKind.forEach(
        (kind, members) -> {
          if (members.size() > 1) {
            averages.add(average(group, kind, members, versions));
          }
        });
    return averages;
  }

  private static Average average(String group, String kind, List<Row> members, int versions) {
    var means = new ArrayList<Mean>();
    for (int i = 0; i < versions; i++) {
      double sum = 0;
      int covered = 0;
      for (Row row : members) {
        Double value = row.cells().get(i).value();
        if (value != null) {
          sum += value;
          covered++;
        }
      }
      means.add(new Mean(covered == 0 ? null : sum / covered, covered));
    }
    return new Average(
        "mean of %d %s %s tasks".formatted(members.size(), group, kind),
        members.get(0).metric(),
        members.size(),
        means);
  }

  private static String kind(String metric) {
    return metric.contains("recall@") ? "retrieval" : "classification";
  }
}
