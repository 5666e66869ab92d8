package org.everclip.evaluation.role;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.TaskOutcome;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.continual.PairedChange;
import org.everclip.evaluation.metric.Interval;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.UnavailableException;

/**
 * The first look at a version: a few samples of each task, the same for every version, and how sure
 * one can be of what they say. Retrieval among few is easier than among many, so these figures are
 * compared with each other only. For one thread.
 */
final class QuickLook {

  static final String TASK = "quick";

  /** Between the task's key and the sample's in the one blob of verdicts. */
  private static final String SEPARATOR = "\t";

  private final Versions versions;
  private final Measurement measurement;
  private final Results results;
  private final int samples;

  QuickLook(Versions versions, Measurement measurement, Results results, int samples) {
    this.versions = versions;
    this.measurement = measurement;
    this.results = results;
    this.samples = samples;
  }

  /** The name of what is looked at. */
  String suite(List<Suite> suites) {
    return Suite.id(EvaluationGroups.QUICK, entries(suites), " " + samples);
  }

  /** Is there anything to look at? */
  boolean wanted(List<Suite> suites) {
    return samples > 0 && !entries(suites).isEmpty();
  }

  private static List<Suite.Entry> entries(List<Suite> suites) {
    return suites.stream()
        .flatMap(suite -> suite.entries().stream())
        .filter(entry -> entry.source() != null)
        .toList();
  }

  /**
   * Looks.
   *
   * @param main the version that main points to, if there is one
   */
  EvaluationResult run(Session session, List<Suite> suites, Optional<VersionInfo> main)
      throws IOException {
    long start = System.nanoTime();
    var metrics = new HashMap<String, Double>();
    var verdicts = new ArrayList<Judgement>();
    double sum = 0;
    double below = 0;
    double above = 0;
    int tasks = 0;
    int seen = 0;
    for (Suite.Entry entry : entries(suites)) {
      SampleSource source = entry.source();
      if (source == null) {
        continue;
      }
      String key = entry.task().key();
      try {
        TaskOutcome outcome = session.loaded().runner().run(new Sampled(source, samples));
        Double value = outcome.metrics().get(entry.task().mainMetric());
        if (value == null) {
          continue;
        }
        Interval interval = outcome.interval(entry.task().mainMetric());
        metrics.put("value:" + key, value);
        metrics.put("low:" + key, interval.low());
        metrics.put("high:" + key, interval.high());
        metrics.put("samples:" + key, (double) outcome.samples());
        sum += value;
        below += Math.pow(value - interval.low(), 2);
        above += Math.pow(interval.high() - value, 2);
        tasks++;
        seen += outcome.samples();
        outcome.correct().forEach(judgement -> verdicts.add(prefixed(key, judgement)));
      } catch (UnavailableException | IllegalArgumentException e) {
        // The full run says of this task why it cannot be measured.
        metrics.put("samples:" + key, 0.0);
      }
    }
    String suite = suite(suites);
    EvaluationResult.Builder result =
        measurement
            .about(session.version(), suite, EvaluationGroups.QUICK, TASK)
            .setMainMetric("mean")
            .setSamples(seen)
            .setSeconds((System.nanoTime() - start) / 1e9);
    if (tasks == 0) {
      return result
          .setStatus(EvaluationStatus.NOT_AVAILABLE)
          .setDetail("no task could be looked at")
          .setMetrics(metrics)
          .build();
    }
    double mean = sum / tasks;
    double low = Math.max(0, mean - Math.sqrt(below) / tasks);
    double high = Math.min(1, mean + Math.sqrt(above) / tasks);
    String sentence =
        String.format(
            Locale.ROOT,
            "on at most %d samples of each of %d tasks the mean is %.1f %% (95 %%: %.1f to %.1f)",
            samples,
            tasks,
            100 * mean,
            100 * low,
            100 * high);
    Optional<Double> better = better(main, suite, verdicts);
    if (better.isPresent() && main.isPresent()) {
      metrics.put("against", (double) main.get().version());
      metrics.put("better", better.get());
      sentence +=
          String.format(
              Locale.ROOT,
              "; with probability %.2f it is higher than that of %s",
              better.get(),
              main.get().manifest().label());
    }
    return result
        .setValue(mean)
        .setLow(low)
        .setHigh(high)
        .setMetrics(metrics)
        .setDetail(sentence)
        .setPredictionsSha256(versions.store(Predictions.encode(verdicts)))
        .build();
  }

  private Optional<Double> better(
      Optional<VersionInfo> main, String suite, List<Judgement> verdicts) {
    return main.flatMap(
            version -> results.find(version.manifest().model(), version.version(), suite, TASK))
        .map(EvaluationResult::getPredictionsSha256)
        .map(
            sha256 -> {
              Map<String, List<Judgement>> before =
                  byTask(Predictions.decode(versions.load(sha256)));
              var pairs = new ArrayList<List<List<Judgement>>>();
              byTask(verdicts)
                  .forEach(
                      (task, after) ->
                          pairs.add(List.of(before.getOrDefault(task, List.of()), after)));
              return PairedChange.better(pairs);
            });
  }

  private static Judgement prefixed(String task, Judgement judgement) {
    return new Judgement(
        task + SEPARATOR + judgement.key(),
        judgement.right(),
        judgement.answer(),
        judgement.margin());
  }

  private static Map<String, List<Judgement>> byTask(List<Judgement> verdicts) {
    var byTask = new TreeMap<String, List<Judgement>>();
    for (Judgement verdict : verdicts) {
      int at = verdict.key().indexOf(SEPARATOR);
      byTask
          .computeIfAbsent(verdict.key().substring(0, at), task -> new ArrayList<>())
          .add(
              new Judgement(
                  verdict.key().substring(at + 1),
                  verdict.right(),
                  verdict.answer(),
                  verdict.margin()));
    }
    return byTask;
  }
}
