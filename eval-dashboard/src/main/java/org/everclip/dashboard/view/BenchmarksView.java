package org.everclip.dashboard.view;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.everclip.dashboard.feed.ReadModel;
import org.jspecify.annotations.Nullable;

/**
 * Version × task with intervals, averages that say what they cover, and the decisions. A task
 * without data has a cell that says so; it never counts as 0.
 */
final class BenchmarksView {

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

  /** The highest value of all versions, measured on the same data as the newest one. */
  record Best(int version, double value) {}

  /** One task; the cells are in the order of the versions. */
  record Row(String task, String metric, @Nullable Best best, List<Cell> cells) {}

  /** A family's tasks. */
  record Group(String family, List<Row> rows, List<Averages.Average> averages) {}

  /**
   * A window of the table.
   *
   * @param versions newest first
   * @param older how many versions come before the window
   * @param newer how many come after it
   */
  record Matrix(
      String model,
      @Nullable Integer main,
      List<Integer> versions,
      int older,
      int newer,
      List<Group> groups,
      List<Averages.Average> averages,
      List<Decisions.Verdict> decisions) {}

  /**
   * What to show.
   *
   * @param before only versions below this number; 0 for the newest
   * @param task only this one; null for all
   * @param family only this one; null for all
   */
  record Query(int limit, int before, @Nullable String task, @Nullable String family) {}

  private final ReadModel model;
  private final ResultIndex index;
  private final Decisions decisions;

  BenchmarksView(ReadModel model, ResultIndex index, Decisions decisions) {
    this.model = model;
    this.index = index;
    this.decisions = decisions;
  }

  /** One matrix a model. */
  List<Matrix> matrices(Query query) {
    var names = new TreeSet<>(index.models());
    names.addAll(model.versions().keySet());
    return names.stream().map(name -> matrix(name, query)).toList();
  }

  private Matrix matrix(String name, Query query) {
    List<Integer> known = index.versions(name);
    List<Integer> wanted =
        known.stream().filter(v -> query.before() == 0 || v < query.before()).toList();
    var versions =
        new ArrayList<>(wanted.subList(Math.max(0, wanted.size() - query.limit()), wanted.size()));
    int older = wanted.size() - versions.size();
    Collections.reverse(versions);
    List<ResultIndex.Task> tasks =
        index.benchmarks(name).stream()
            .filter(task -> query.task() == null || task.task().equals(query.task()))
            .filter(task -> query.family() == null || task.family().equals(query.family()))
            .toList();
    List<Group> groups = groups(tasks, versions);
    List<Decisions.Verdict> verdicts =
        decisions.of(name).values().stream()
            .filter(verdict -> versions.contains(verdict.version()))
            .sorted(Comparator.comparingInt(Decisions.Verdict::version).reversed())
            .toList();
    return new Matrix(
        name,
        decisions.main(name),
        versions,
        older,
        known.size() - wanted.size(),
        groups,
        Averages.overall(tasks, versions),
        verdicts);
  }

  /** The results of certain versions, in that order. */
  List<Group> of(String name, List<Integer> versions) {
    return groups(index.benchmarks(name), versions);
  }

  private static List<Group> groups(List<ResultIndex.Task> tasks, List<Integer> versions) {
    var byFamily =
        new TreeMap<String, List<ResultIndex.Task>>(
            Comparator.comparingInt(Families::place).thenComparing(Comparator.naturalOrder()));
    for (ResultIndex.Task task : tasks) {
      byFamily.computeIfAbsent(task.family(), family -> new ArrayList<>()).add(task);
    }
    var groups = new ArrayList<Group>();
    byFamily.forEach(
        (family, members) ->
            groups.add(
                new Group(
                    family,
                    members.stream().map(task -> row(task, versions)).toList(),
                    Averages.of(family, members, versions))));
    return groups;
  }

  private static Row row(ResultIndex.Task task, List<Integer> versions) {
    return new Row(
        task.task(),
        task.metric(),
        best(task.byVersion()),
        versions.stream().map(version -> cell(task.byVersion().get(version))).toList());
  }

  private static @Nullable Best best(NavigableMap<Integer, EvaluationResult> byVersion) {
    Best best = null;
    String suite = null;
    for (Map.Entry<Integer, EvaluationResult> entry : byVersion.descendingMap().entrySet()) {
      Double value = value(entry.getValue());
      if (value != null) {
        suite = suite == null ? entry.getValue().getSuite() : suite;
        boolean same = suite.equals(entry.getValue().getSuite());
        best =
            same && (best == null || value > best.value()) ? new Best(entry.getKey(), value) : best;
      }
    }
    return best;
  }

  static @Nullable Double value(@Nullable EvaluationResult result) {
    return result == null || result.getStatus() != EvaluationStatus.DONE ? null : result.getValue();
  }

  private static Cell cell(@Nullable EvaluationResult result) {
    if (result == null) {
      return new Cell("PENDING", null, null, null, 0, "not evaluated yet", "", 0);
    }
    return new Cell(
        result.getStatus().name(),
        value(result),
        result.getLow(),
        result.getHigh(),
        result.getSamples(),
        result.getDetail(),
        result.getSuite(),
        result.getSeconds());
  }
}
