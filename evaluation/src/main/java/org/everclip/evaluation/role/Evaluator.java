package org.everclip.evaluation.role;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.config.EverclipConfig.Evaluation;
import org.everclip.contracts.registry.VersionInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates whatever the registry has that is not evaluated yet, newest version first; a newer
 * version interrupts the work on an older one between tasks, and a killed evaluator goes on with
 * the tasks that have no result. A version gets a first look, its latency, every benchmark and its
 * row of the E matrix; then the promotion gate decides. When all is decided, cells of holdouts that
 * were frozen later are filled in. Used by one thread.
 */
final class Evaluator {

  private static final Logger log = LoggerFactory.getLogger(Evaluator.class);

  private final Versions versions;
  private final Models models;
  private final Results results;
  private final Bench bench;
  private final MeterRegistry meters;
  private final String latency;
  private final Measurement measurement;
  private final QuickLook quick;
  private final Decider decider;
  private final MatrixKeeper matrix;

  /** State of the results when no cell was missing. */
  private long filledAt = -1;

  /**
   * Makes one.
   *
   * @param latency the name of this machine's latencies
   */
  Evaluator(
      Evaluation settings,
      Versions versions,
      Models models,
      Results results,
      Bench bench,
      Measurement measurement,
      String latency,
      MeterRegistry meters) {
    this.versions = versions;
    this.models = models;
    this.results = results;
    this.bench = bench;
    this.meters = meters;
    this.latency = latency;
    this.measurement = measurement;
    this.quick = new QuickLook(versions, measurement, results, settings.quickSamples());
    var comparison = new Comparison(results, versions);
    this.decider =
        new Decider(settings.promotion(), versions, results, comparison, measurement, latency);
    this.matrix = new MatrixKeeper(results, comparison, measurement);
  }

  /**
   * Does the most urgent piece of work: the newest version without a decision, or the cells of the
   * E matrix that are missing.
   *
   * @return whether there was anything to do
   */
  boolean workOnce(BooleanSupplier stopped) throws IOException, InterruptedException {
    List<String> names = versions.models();
    Optional<VersionInfo> next =
        names.stream()
            .flatMap(model -> live(model).stream())
            .filter(version -> !decided(version))
            .max(
                Comparator.comparing((VersionInfo version) -> version.manifest().created())
                    .thenComparing(VersionInfo::version));
    if (next.isPresent()) {
      evaluate(next.get(), stopped);
      return true;
    }
    if (filledAt == results.changes()) {
      return false;
    }
    for (String model : names) {
      if (fillIn(live(model), stopped)) {
        return true;
      }
    }
    filledAt = results.changes();
    return false;
  }

  private List<VersionInfo> live(String model) {
    return versions.of(model).stream()
        .filter(version -> !version.retired())
        .sorted(Comparator.comparing(VersionInfo::version))
        .toList();
  }

  private boolean decided(VersionInfo version) {
    return found(version, Decider.SUITE, Decider.TASK);
  }

  private boolean found(VersionInfo version, String suite, String task) {
    return results.find(version.manifest().model(), version.version(), suite, task).isPresent();
  }

  private void evaluate(VersionInfo version, BooleanSupplier stopped)
      throws IOException, InterruptedException {
    Tasks tasks = bench.open(version);
    List<VersionInfo> all = live(version.manifest().model());
    var lineage = new Lineage(all);
    Optional<VersionInfo> main = decider.baseline(version, lineage);
    BooleanSupplier interrupted = () -> stopped.getAsBoolean() || superseded(version);
    try {
      if (!measure(version, tasks, lineage, main, interrupted)) {
        return;
      }
      // What main was measured on may have been other data: a comparison needs the same.
      if (main.isPresent()
          && main.get().version() < version.version()
          && !measure(main.get(), tasks, lineage, Optional.empty(), interrupted)) {
        return;
      }
    } catch (BrokenModelException e) {
      decider.refuse(version, String.valueOf(e.getMessage()));
      return;
    }
    boolean moved = decider.decide(version, lineage, tasks);
    meters.counter("everclip.evaluator.versions", "promoted", Boolean.toString(moved)).increment();
    matrix.refresh(all, tasks);
  }

  /** Is there a newer version of this model without a decision? */
  private boolean superseded(VersionInfo version) {
    return versions.of(version.manifest().model()).stream()
        .anyMatch(
            other -> other.version() > version.version() && !other.retired() && !decided(other));
  }

  /**
   * Runs what a version has no result of.
   *
   * @param main what the first look is compared with
   * @return false when it was interrupted
   */
  private boolean measure(
      VersionInfo version,
      Tasks tasks,
      Lineage lineage,
      Optional<VersionInfo> main,
      BooleanSupplier interrupted)
      throws IOException, InterruptedException {
    try (var session = new Session(version, versions, models)) {
      String look = quick.suite(tasks.benchmarks());
      if (quick.wanted(tasks.benchmarks()) && !found(version, look, QuickLook.TASK)) {
        if (interrupted.getAsBoolean()) {
          return false;
        }
        results.add(quick.run(session, tasks.benchmarks(), main));
      }
      if (!found(version, latency, EvaluationGroups.LATENCY)) {
        results.add(latency(session));
      }
      return run(session, tasks.benchmarks(), lineage, interrupted)
          && run(session, tasks.periods(), lineage, interrupted);
    }
  }

  /** Runs the tasks that have no result; false when it was interrupted. */
  private boolean run(
      Session session, List<Suite> suites, Lineage lineage, BooleanSupplier interrupted)
      throws IOException, InterruptedException {
    VersionInfo version = session.version();
    for (Suite suite : suites) {
      for (Suite.Entry entry : suite.entries()) {
        if (found(version, suite.id(), entry.task().key())) {
          continue;
        }
        if (interrupted.getAsBoolean()) {
          return false;
        }
        EvaluationResult result = measurement.run(session, suite.id(), entry);
        results.add(MatrixKeeper.related(result, version, lineage));
        meters.counter("everclip.evaluator.tasks").increment();
      }
    }
    return true;
  }

  private EvaluationResult latency(Session session) throws IOException {
    LatencyProbe.Latency measured = LatencyProbe.measure(session.loaded().model());
    return measurement
        .about(session.version(), latency, EvaluationGroups.LATENCY, EvaluationGroups.LATENCY)
        .setMainMetric("p50")
        .setValue(measured.p50())
        .setLow(measured.interval().low())
        .setHigh(measured.interval().high())
        .setMetrics(new HashMap<>(measured.metrics()))
        .build();
  }

  /** Cells of holdouts that were frozen after a version had been decided on; newest first. */
  private boolean fillIn(List<VersionInfo> all, BooleanSupplier stopped)
      throws IOException, InterruptedException {
    if (all.isEmpty()) {
      return false;
    }
    VersionInfo newest = all.get(all.size() - 1);
    Tasks tasks = bench.open(newest);
    var lineage = new Lineage(all);
    for (int i = all.size() - 1; i >= 0; i--) {
      try (var session = new Session(all.get(i), versions, models)) {
        if (!run(
            session,
            tasks.periods(),
            lineage,
            () -> stopped.getAsBoolean() || superseded(newest))) {
          return true;
        }
      } catch (BrokenModelException e) {
        log.info("no cells: {}", e.getMessage());
      }
    }
    matrix.refresh(all, tasks);
    return false;
  }
}
