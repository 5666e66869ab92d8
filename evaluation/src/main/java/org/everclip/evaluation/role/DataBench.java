package org.everclip.evaluation.role;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.holdout.FrozenHoldout;
import org.everclip.evaluation.holdout.HeldOutPairs;
import org.everclip.evaluation.task.Scoring;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;

/** The configured folders of data sets and the frozen holdouts. Used by one thread. */
final class DataBench implements Bench, AutoCloseable {

  private static final String FROZEN = "frozen/";
  private static final String OFFSET = "offset:";
  private static final String EVERYTHING = "all";
  private static final String METRIC = "mean_recall@5";

  /** Pairs from which on all held-out pairs together are a benchmark. */
  private static final int FEWEST = 50;

  private static final Duration FOLLOW = Duration.ofSeconds(10);

  private final EverclipConfig config;
  private final Results results;
  private final HeldOutPairs pairs;
  private final Fingerprints fingerprints;
  private final Clock clock;
  private Instant follows = Instant.MIN;

  DataBench(EverclipConfig config, Results results, Clock clock) throws IOException {
    this.config = config;
    this.results = results;
    this.clock = clock;
    this.pairs = new HeldOutPairs(config, cuts(results));
    this.fingerprints =
        new Fingerprints(
            config.inHome(config.evaluation().cacheDir()).resolve("fingerprints.json"));
  }

  /** What was frozen before, read from the results. */
  private static Map<String, Map<Integer, Long>> cuts(Results results) {
    var cuts = new HashMap<String, Map<Integer, Long>>();
    for (EvaluationResult result : results.group(EvaluationGroups.FROZEN)) {
      var cut = new TreeMap<Integer, Long>();
      result
          .getMetrics()
          .forEach(
              (name, value) -> {
                if (name.startsWith(OFFSET)) {
                  cut.put(Integer.valueOf(name.substring(OFFSET.length())), value.longValue());
                }
              });
      String set = result.getTask().substring(FROZEN.length());
      cuts.putIfAbsent(set.equals(EVERYTHING) ? HeldOutPairs.ALL : set, cut);
    }
    return cuts;
  }

  /**
   * Follows the stream between versions too, now and then: what was deleted shall not lie here
   * until somebody publishes.
   */
  void follow() throws IOException {
    if (config.evaluation().holdout() && !clock.instant().isBefore(follows)) {
      pairs.refresh();
      follows = clock.instant().plus(FOLLOW);
    }
  }

  @Override
  public Tasks open(VersionInfo version) throws IOException, InterruptedException {
    var benchmarks = new ArrayList<Suite>();
    String root = config.evaluation().datacomp();
    Path datacomp = root.isEmpty() ? null : Path.of(root);
    benchmarks.add(
        Suite.open(
            Task.LOCAL,
            TaskCatalogue.local(config.inProgram(config.evaluation().data())),
            fingerprints));
    var periods = new ArrayList<Suite>();
    if (config.evaluation().holdout()) {
      pairs.refresh();
      freeze(version);
      benchmarks.add(everything());
      for (String period : pairs.frozenSets()) {
        if (!period.equals(HeldOutPairs.ALL)) {
          periods.add(period(period));
        }
      }
    } else {
      benchmarks.add(
          Suite.of(
              Task.HOLDOUT, List.of(Suite.Entry.without(all(), "evaluation.holdout is false"))));
    }
    benchmarks.add(Suite.open(Task.DATACOMP, TaskCatalogue.datacomp(datacomp), fingerprints));
    if (datacomp != null) {
      benchmarks.add(Suite.open(Task.FURTHER, TaskCatalogue.further(datacomp), fingerprints));
    }
    return new Tasks(benchmarks, periods);
  }

  private void freeze(VersionInfo version) throws InterruptedException {
    for (var count : pairs.counts().entrySet()) {
      String period = count.getKey();
      boolean all = period.equals(HeldOutPairs.ALL);
      int fewest = all ? FEWEST : config.evaluation().holdoutMinimum();
      if (count.getValue() < fewest || pairs.frozenSets().contains(period)) {
        continue;
      }
      Map<Integer, Long> cut = pairs.cut();
      var metrics = new HashMap<String, Double>();
      cut.forEach((partition, offset) -> metrics.put(OFFSET + partition, (double) offset));
      results.add(
          EvaluationResult.newBuilder()
              .setModel(version.manifest().model())
              .setVersion(version.version())
              .setSuite(EvaluationGroups.FROZEN)
              .setTask(FROZEN + (all ? EVERYTHING : period))
              .setGroup(EvaluationGroups.FROZEN)
              .setStatus(EvaluationStatus.DONE)
              .setMetrics(metrics)
              .setSamples(Math.min(count.getValue(), config.evaluation().holdoutSamples()))
              .setTime(clock.instant())
              .build());
      pairs.freeze(period, cut);
    }
  }

  private Suite everything() throws IOException {
    int now = pairs.counts().getOrDefault(HeldOutPairs.ALL, 0);
    if (!pairs.frozenSets().contains(HeldOutPairs.ALL)) {
      String why =
          "only %d pairs are held out so far, at least %d are needed".formatted(now, FEWEST);
      return Suite.of(Task.HOLDOUT, List.of(Suite.Entry.without(all(), why)));
    }
    return suite(Task.HOLDOUT, all(), pairs.frozen(HeldOutPairs.ALL), FEWEST);
  }

  private Suite period(String period) throws IOException {
    var task =
        new Task(
            EvaluationGroups.PERIOD + "/" + period,
            "held-out pairs of the period " + period,
            EvaluationGroups.PERIOD,
            new Scoring.Retrieval(),
            null,
            METRIC,
            List.of());
    return suite(
        EvaluationGroups.PERIOD, task, pairs.frozen(period), config.evaluation().holdoutMinimum());
  }

  private static Suite suite(String group, Task task, FrozenHoldout holdout, int fewest)
      throws IOException {
    Suite.Entry entry =
        holdout.size() < fewest
            ? Suite.Entry.without(
                task,
                "only %d held-out pairs are left, at least %d are needed"
                    .formatted(holdout.size(), fewest))
            : Suite.Entry.of(task, holdout);
    return Suite.of(group, List.of(entry));
  }

  private static Task all() {
    return new Task(
        "holdout/all",
        "held-out pairs of the stream",
        Task.HOLDOUT,
        new Scoring.Retrieval(),
        null,
        METRIC,
        List.of());
  }

  @Override
  public void close() {
    pairs.close();
  }
}
