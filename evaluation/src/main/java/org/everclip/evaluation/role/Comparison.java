package org.everclip.evaluation.role;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.continual.Flips;
import org.everclip.evaluation.continual.PairedChange;
import org.everclip.evaluation.metric.Interval;
import org.everclip.evaluation.promotion.Measured;
import org.everclip.evaluation.promotion.Measured.Score;
import org.everclip.evaluation.task.Task;

/** Reads from the results how versions compare. For one thread. */
final class Comparison {

  private final Results results;
  private final Versions versions;

  Comparison(Results results, Versions versions) {
    this.results = results;
    this.versions = versions;
  }

  /**
   * What is known of a version on these tasks.
   *
   * @param latency the suite of latencies on this machine
   */
  Measured measured(String name, VersionInfo version, Tasks tasks, String latency) {
    var scores = new TreeMap<String, Score>();
    var unmeasured = new TreeMap<String, String>();
    for (Suite suite : tasks.benchmarks()) {
      for (Suite.Entry entry : suite.entries()) {
        String key = entry.task().key();
        Optional<EvaluationResult> result = find(version, suite.id(), key);
        Optional<Score> score = result.flatMap(Comparison::score);
        if (score.isPresent()) {
          scores.put(key, score.get());
        } else if (!entry.task().group().equals(Task.FURTHER)) {
          unmeasured.put(key, result.map(EvaluationResult::getDetail).orElse("not measured"));
        }
      }
    }
    var cells = new TreeMap<String, Score>();
    for (Suite suite : tasks.periods()) {
      for (Suite.Entry entry : suite.entries()) {
        String key = entry.task().key();
        find(version, suite.id(), key)
            .flatMap(Comparison::score)
            .ifPresent(score -> cells.put(key, score));
      }
    }
    Score millis =
        find(version, latency, EvaluationGroups.LATENCY).flatMap(Comparison::score).orElse(null);
    return new Measured(name, scores, cells, unmeasured, millis);
  }

  /** Changes of verdicts, by task; only tasks that both were measured on with the same data. */
  Map<String, PairedChange> changes(VersionInfo before, VersionInfo after, Tasks tasks) {
    var changes = new TreeMap<String, PairedChange>();
    for (Suite suite : tasks.benchmarks()) {
      for (Suite.Entry entry : suite.entries()) {
        String key = entry.task().key();
        Optional<String> old = predictions(before, suite.id(), key);
        Optional<String> now = predictions(after, suite.id(), key);
        if (old.isPresent() && now.isPresent()) {
          changes.put(
              key,
              PairedChange.between(
                  Predictions.decode(versions.load(old.get())),
                  Predictions.decode(versions.load(now.get()))));
        }
      }
    }
    return changes;
  }

  /** The figures of a flips record. */
  static Map<String, Double> metrics(int against, Map<String, PairedChange> changes) {
    var metrics = new HashMap<String, Double>();
    changes.forEach(
        (task, change) -> {
          Flips flips = change.flips();
          metrics.put("shared:" + task, (double) flips.shared());
          metrics.put("negative:" + task, (double) flips.negative());
          metrics.put("positive:" + task, (double) flips.positive());
          metrics.put("p:" + task, flips.p());
          metrics.put("delta:" + task, change.delta());
          metrics.put("deltaLow:" + task, change.interval().low());
          metrics.put("deltaHigh:" + task, change.interval().high());
        });
    Flips all = total(changes);
    metrics.put("against", (double) against);
    metrics.put("shared", (double) all.shared());
    metrics.put("negative", (double) all.negative());
    metrics.put("positive", (double) all.positive());
    metrics.put("positiveRate", all.positiveRate());
    metrics.put("inconsistent", all.inconsistentRate());
    metrics.put("stillRight", all.stillRight());
    metrics.put("p", all.p());
    return metrics;
  }

  static Flips total(Map<String, PairedChange> changes) {
    return changes.values().stream().map(PairedChange::flips).reduce(Flips.NONE, Flips::plus);
  }

  /** Results of a version's cells that were measured on the current holdouts, by period. */
  List<EvaluationResult> cells(VersionInfo version, Tasks tasks) {
    var cells = new ArrayList<EvaluationResult>();
    for (Suite suite : tasks.periods()) {
      for (Suite.Entry entry : suite.entries()) {
        find(version, suite.id(), entry.task().key())
            .filter(result -> result.getStatus() == EvaluationStatus.DONE)
            .ifPresent(cells::add);
      }
    }
    return cells;
  }

  Optional<EvaluationResult> find(VersionInfo version, String suite, String task) {
    return results.find(version.manifest().model(), version.version(), suite, task);
  }

  private Optional<String> predictions(VersionInfo version, String suite, String task) {
    return find(version, suite, task)
        .filter(result -> result.getStatus() == EvaluationStatus.DONE)
        .map(EvaluationResult::getPredictionsSha256);
  }

  private static Optional<Score> score(EvaluationResult result) {
    Double value = result.getValue();
    Double low = result.getLow();
    Double high = result.getHigh();
    return result.getStatus() == EvaluationStatus.DONE
            && value != null
            && low != null
            && high != null
        ? Optional.of(new Score(result.getSuite(), value, new Interval(low, high)))
        : Optional.empty();
  }
}
