package org.everclip.dashboard.view;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.dashboard.feed.ReadModel;
import org.jspecify.annotations.Nullable;

/**
 * The results by model, task and version; made anew only when a result has come. Of several results
 * of a task and version, which differ in their suite, the latest counts. Thread-safe.
 */
final class ResultIndex {

  /** One task's results. */
  record Task(String group, String task, NavigableMap<Integer, EvaluationResult> byVersion) {

    String metric() {
      return byVersion.values().stream()
          .map(EvaluationResult::getMainMetric)
          .filter(metric -> !metric.isEmpty())
          .findFirst()
          .orElse("");
    }

    String family() {
      return Families.of(group, task);
    }
  }

  private record Known(List<EvaluationResult> from, Map<String, Map<String, Task>> byModel) {}

  private final ReadModel model;
  private volatile Known known = new Known(List.of(), Map.of());

  ResultIndex(ReadModel model) {
    this.model = model;
  }

  /** Models with any result. */
  Collection<String> models() {
    return byModel().keySet();
  }

  /** A model's benchmarks in the order in which they came. */
  List<Task> benchmarks(String name) {
    return tasks(name).stream().filter(task -> EvaluationGroups.isBenchmark(task.group())).toList();
  }

  /** Everything of one group, benchmark or not. */
  List<Task> group(String name, String group) {
    return tasks(name).stream().filter(task -> task.group().equals(group)).toList();
  }

  private Collection<Task> tasks(String name) {
    Map<String, Task> tasks = byModel().get(name);
    return tasks == null ? List.of() : tasks.values();
  }

  private Map<String, Map<String, Task>> byModel() {
    List<EvaluationResult> results = model.results();
    Known last = known;
    if (last.from() != results) {
      last = new Known(results, index(results));
      known = last;
    }
    return last.byModel();
  }

  private static Map<String, Map<String, Task>> index(List<EvaluationResult> results) {
    var byModel = new TreeMap<String, Map<String, Task>>();
    for (EvaluationResult result : results) {
      byModel
          .computeIfAbsent(result.getModel(), name -> new LinkedHashMap<>())
          .computeIfAbsent(
              result.getGroup() + "\n" + result.getTask(),
              key -> new Task(result.getGroup(), result.getTask(), new TreeMap<>()))
          .byVersion()
          .merge(result.getVersion(), result, ResultIndex::later);
    }
    return byModel;
  }

  private static EvaluationResult later(EvaluationResult a, EvaluationResult b) {
    return b.getTime().isBefore(a.getTime()) ? a : b;
  }

  /** All versions with a result, and those of the registry. */
  List<Integer> versions(String name) {
    var versions = new java.util.TreeSet<Integer>();
    benchmarks(name).forEach(task -> versions.addAll(task.byVersion().keySet()));
    model.versions().getOrDefault(name, List.of()).forEach(info -> versions.add(info.version()));
    return new ArrayList<>(versions);
  }

  /** A task of any kind, if it has results. */
  @Nullable Task find(String name, String task) {
    return tasks(name).stream().filter(known -> known.task().equals(task)).findFirst().orElse(null);
  }
}
