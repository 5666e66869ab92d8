package org.everclip.cli;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.jspecify.annotations.Nullable;

/**
 * What the evaluations say of the versions: which are complete, and the held-out figures of two of
 * them over the tasks that both have. Used by one thread at a time.
 */
final class HeldOut {

  private static final String IMAGE_RECALL = "image_retrieval_recall@";
  private static final String TEXT_RECALL = "text_retrieval_recall@";
  private static final String ACCURACY = "acc1";

  /**
   * Figures of one version.
   *
   * @param recallAt1 mean of both directions, weighted by the tasks' samples
   * @param zeroShot mean top-1 accuracy over classification tasks
   */
  record Figures(
      int version,
      @Nullable Double recallAt1,
      @Nullable Double recallAt5,
      @Nullable Double zeroShot,
      int retrievalSamples,
      int classificationTasks) {}

  private final NavigableMap<Integer, Map<String, EvaluationResult>> versions = new TreeMap<>();

  /** Takes in a benchmark or a decision; the newest of a version and task counts. */
  void add(EvaluationResult result) {
    String group = result.getGroup();
    if (!EvaluationGroups.isBenchmark(group) && !group.equals(EvaluationGroups.DECISION)) {
      return;
    }
    versions
        .computeIfAbsent(result.getVersion(), v -> new HashMap<>())
        .put(result.getTask(), result);
  }

  /** How many versions have a result for every task that any version has. */
  int complete() {
    return (int) versions.keySet().stream().filter(this::isComplete).count();
  }

  /** The lowest complete version. */
  Optional<Integer> first() {
    return versions.keySet().stream().filter(this::isComplete).findFirst();
  }

  /** The highest complete version. */
  Optional<Integer> latest() {
    return versions.descendingKeySet().stream().filter(this::isComplete).findFirst();
  }

  private boolean isComplete(int version) {
    var all = new HashSet<String>();
    versions.values().forEach(results -> all.addAll(results.keySet()));
    return versions.getOrDefault(version, Map.of()).keySet().containsAll(all);
  }

  /** The figures of a version over the tasks that the other one has too. */
  Figures figures(int version, int other) {
    Map<String, EvaluationResult> results = versions.getOrDefault(version, Map.of());
    Set<String> common = new HashSet<>(done(results));
    common.retainAll(done(versions.getOrDefault(other, Map.of())));
    Collection<EvaluationResult> tasks =
        results.values().stream().filter(result -> common.contains(result.getTask())).toList();
    int samples =
        tasks.stream()
            .filter(task -> recall(task, 1).isPresent())
            .mapToInt(EvaluationResult::getSamples)
            .sum();
    double[] accuracies =
        tasks.stream()
            .filter(task -> recall(task, 1).isEmpty())
            .filter(task -> task.getGroup().equals("local"))
            .filter(task -> task.getMetrics().containsKey(ACCURACY))
            .mapToDouble(task -> task.getMetrics().get(ACCURACY))
            .toArray();
    OptionalDouble zeroShot = java.util.Arrays.stream(accuracies).average();
    return new Figures(
        version,
        weighted(tasks, 1),
        weighted(tasks, 5),
        zeroShot.isPresent() ? zeroShot.getAsDouble() : null,
        samples,
        accuracies.length);
  }

  private static Set<String> done(Map<String, EvaluationResult> results) {
    var done = new HashSet<String>();
    results.forEach(
        (task, result) -> {
          if (result.getStatus() == EvaluationStatus.DONE) {
            done.add(task);
          }
        });
    return done;
  }

  private static @Nullable Double weighted(Collection<EvaluationResult> tasks, int k) {
    double sum = 0;
    long samples = 0;
    for (EvaluationResult task : tasks) {
      OptionalDouble recall = recall(task, k);
      if (recall.isPresent()) {
        sum += recall.getAsDouble() * task.getSamples();
        samples += task.getSamples();
      }
    }
    return samples == 0 ? null : sum / samples;
  }

  /** Mean recall at k of both directions; empty for tasks that are not retrieval. */
  private static OptionalDouble recall(EvaluationResult task, int k) {
    Double image = task.getMetrics().get(IMAGE_RECALL + k);
    Double text = task.getMetrics().get(TEXT_RECALL + k);
    return image == null || text == null
        ? OptionalDouble.empty()
        : OptionalDouble.of((image + text) / 2);
  }
}
