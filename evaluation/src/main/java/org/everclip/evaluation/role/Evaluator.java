package org.everclip.evaluation.role;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.everclip.clip.network.Precision;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.ClipEvaluatedModel;
import org.everclip.evaluation.TaskOutcome;
import org.everclip.evaluation.TaskRunner;
import org.everclip.evaluation.metric.Interval;
import org.everclip.evaluation.promotion.Decision;
import org.everclip.evaluation.promotion.Flips;
import org.everclip.evaluation.promotion.PromotionGate;
import org.everclip.evaluation.promotion.PromotionGate.Score;
import org.everclip.evaluation.task.Scoring;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.everclip.evaluation.task.UnavailableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates whatever the registry has that is not evaluated yet, newest version first; a newer
 * version interrupts the work on an older one between tasks, and a killed evaluator goes on with
 * the tasks that have no result. When a version is complete the promotion gate decides. Used by one
 * thread.
 */
final class Evaluator {

  /** Task key of the record that tells the promotion gate's decision. */
  static final String DECISION = "promotion";

  private static final Logger log = LoggerFactory.getLogger(Evaluator.class);

  private final EverclipConfig config;
  private final RegistryClient registry;
  private final ResultLog results;
  private final HoldoutSet holdout;
  private final Predictions predictions;
  private final MeterRegistry meters;
  private final Clock clock;
  private final Suite local;
  private final Suite datacomp;
  private final PromotionGate gate;

  Evaluator(
      EverclipConfig config,
      RegistryClient registry,
      ResultLog results,
      HoldoutSet holdout,
      MeterRegistry meters,
      Clock clock)
      throws IOException {
    this.config = config;
    this.registry = registry;
    this.results = results;
    this.holdout = holdout;
    this.meters = meters;
    this.clock = clock;
    this.predictions = new Predictions(registry);
    String root = config.evaluation().datacomp();
    this.local =
        Suite.open(Task.LOCAL, TaskCatalogue.local(config.inProgram(config.evaluation().data())));
    this.datacomp =
        Suite.open(Task.DATACOMP, TaskCatalogue.datacomp(root.isEmpty() ? null : Path.of(root)));
    this.gate = new PromotionGate(config.evaluation().promotion());
  }

  /**
   * Does the most urgent piece of work: one task of the newest incomplete version, or its decision.
   *
   * @return whether there was anything to do
   */
  boolean workOnce(BooleanSupplier stopped) throws IOException, InterruptedException {
    for (String model : registry.models()) {
      List<VersionInfo> versions =
          registry.versions(model).stream()
              .filter(version -> !version.retired())
              .sorted(Comparator.comparing(Evaluator::number).reversed())
              .toList();
      for (VersionInfo version : versions) {
        if (!decided(version)) {
          evaluate(version, stopped);
          return true;
        }
      }
    }
    return false;
  }

  private boolean decided(VersionInfo version) {
    return results.of(model(version), number(version)).stream()
        .anyMatch(result -> result.getTask().equals(DECISION));
  }

  private void evaluate(VersionInfo version, BooleanSupplier stopped)
      throws IOException, InterruptedException {
    holdout.refresh();
    List<Suite> suites = List.of(local, holdoutSuite(), datacomp);
    Path directory = registry.fetchAll(version, cacheDir().resolve("models"));
    Precision precision = Precision.named(config.evaluation().precision());
    try (var model = ClipEvaluatedModel.load(directory, precision)) {
      var runner = new TaskRunner(model);
      for (Suite suite : suites) {
        for (Suite.Entry entry : suite.entries()) {
          if (stopped.getAsBoolean() || superseded(version)) {
            return;
          }
          String key = entry.task().key();
          if (results.find(model(version), number(version), suite.id(), key).isEmpty()) {
            results.add(run(version, suite, entry, runner));
          }
        }
      }
    }
    decide(version, suites);
  }

  /** Is there a newer version of this model without a decision? */
  private boolean superseded(VersionInfo version) {
    return registry.versions(model(version)).stream()
        .anyMatch(other -> number(other) > number(version) && !decided(other));
  }

  private Suite holdoutSuite() throws IOException {
    var task =
        new Task(
            "holdout/all",
            "held-out pairs of the stream",
            Task.HOLDOUT,
            new Scoring.Retrieval(),
            null,
            "mean_recall@5",
            List.of());
    if (!config.evaluation().holdout()) {
      return Suite.holdout(new Suite.Entry(task, null, "evaluation.holdout is false"));
    }
    try {
      return Suite.holdout(new Suite.Entry(task, holdout.source(), ""));
    } catch (UnavailableException e) {
      return Suite.holdout(new Suite.Entry(task, null, String.valueOf(e.getMessage())));
    }
  }

  private EvaluationResult run(
      VersionInfo version, Suite suite, Suite.Entry entry, TaskRunner runner) {
    var result =
        EvaluationResult.newBuilder()
            .setModel(model(version))
            .setVersion(number(version))
            .setSuite(suite.id())
            .setTask(entry.task().key())
            .setGroup(entry.task().group())
            .setMainMetric(entry.task().mainMetric())
            .setTime(clock.instant());
    if (entry.source() == null) {
      return result
          .setStatus(EvaluationStatus.NOT_AVAILABLE)
          .setDetail(entry.unavailable())
          .build();
    }
    try {
      TaskOutcome outcome = runner.run(entry.source());
      Double value = outcome.metrics().get(entry.task().mainMetric());
      if (value == null) {
        throw new UnavailableException("the data do not give " + entry.task().mainMetric());
      }
      Interval interval = outcome.interval(entry.task().mainMetric());
      log.info(
          "{} v{} {}: {} {}",
          model(version),
          number(version),
          entry.task().key(),
          entry.task().mainMetric(),
          String.format(Locale.ROOT, "%.4f", value));
      meters.counter("everclip.evaluator.tasks").increment();
      return result
          .setStatus(EvaluationStatus.DONE)
          .setValue(value)
          .setLow(interval.low())
          .setHigh(interval.high())
          .setMetrics(new HashMap<>(outcome.metrics()))
          .setSamples(outcome.samples())
          .setSeconds(outcome.seconds())
          .setPredictionsSha256(predictions.store(outcome.correct()))
          .build();
    } catch (UnavailableException e) {
      return result
          .setStatus(EvaluationStatus.NOT_AVAILABLE)
          .setDetail(String.valueOf(e.getMessage()))
          .build();
    } catch (IOException | IllegalArgumentException e) {
      log.warn("{} v{} {} failed", model(version), number(version), entry.task().key(), e);
      return result.setStatus(EvaluationStatus.FAILED).setDetail(String.valueOf(e)).build();
    }
  }

  private void decide(VersionInfo version, List<Suite> suites)
      throws IOException, InterruptedException {
    String alias = config.evaluation().promotion().alias();
    Optional<VersionInfo> main = registry.version(model(version), alias);
    Map<String, Score> candidate = scores(version, suites);
    Decision decision;
    if (main.isEmpty()) {
      decision = gate.first(candidate);
    } else if (number(main.get()) >= number(version)) {
      decision =
          new Decision(
              false,
              List.of(
                  "v%d is older than %s (v%d)"
                      .formatted(number(version), alias, number(main.get()))),
              Map.of(),
              new Flips(0, 0, 0));
    } else {
      decision =
          gate.against(
              alias + " (v" + number(main.get()) + ")",
              scores(main.get(), suites),
              candidate,
              flips(main.get(), version, suites));
    }
    String reasons = String.join("; ", decision.reasons());
    boolean moved =
        decision.promote()
            && registry.moveAlias(
                model(version),
                alias,
                number(version),
                main.map(Evaluator::number).orElse(0),
                "promotion gate",
                reasons);
    log.info(
        "{} v{} {}: {}",
        model(version),
        number(version),
        moved ? "promoted" : "not promoted",
        reasons);
    results.add(record(version, decision, moved, reasons, main.orElse(null)));
    meters.counter("everclip.evaluator.versions", "promoted", Boolean.toString(moved)).increment();
  }

  private EvaluationResult record(
      VersionInfo version,
      Decision decision,
      boolean moved,
      String reasons,
      @Nullable VersionInfo main) {
    var metrics = new HashMap<String, Double>();
    decision.deltas().forEach((task, delta) -> metrics.put("delta:" + task, delta));
    metrics.put("flips.shared", (double) decision.flips().shared());
    metrics.put("flips.negative", (double) decision.flips().negative());
    metrics.put("flips.positive", (double) decision.flips().positive());
    metrics.put("against", main == null ? 0.0 : number(main));
    return EvaluationResult.newBuilder()
        .setModel(model(version))
        .setVersion(number(version))
        .setSuite("decision")
        .setTask(DECISION)
        .setGroup("decision")
        .setStatus(EvaluationStatus.DONE)
        .setDetail((moved ? "promoted: " : "not promoted: ") + reasons)
        .setMainMetric("promoted")
        .setValue(moved ? 1.0 : 0.0)
        .setMetrics(metrics)
        .setTime(clock.instant())
        .build();
  }

  private Map<String, Score> scores(VersionInfo version, List<Suite> suites) {
    var scores = new HashMap<String, Score>();
    for (EvaluationResult result : measured(version, suites)) {
      Double value = result.getValue();
      Double low = result.getLow();
      Double high = result.getHigh();
      if (value != null && low != null && high != null) {
        scores.put(result.getTask(), new Score(result.getSuite(), value, low, high));
      }
    }
    return scores;
  }

  private Flips flips(VersionInfo main, VersionInfo candidate, List<Suite> suites)
      throws IOException {
    Map<String, EvaluationResult> before = new HashMap<>();
    measured(main, suites).forEach(result -> before.put(result.getTask(), result));
    var flips = new Flips(0, 0, 0);
    for (EvaluationResult after : measured(candidate, suites)) {
      EvaluationResult old = before.get(after.getTask());
      if (old != null
          && old.getPredictionsSha256() != null
          && after.getPredictionsSha256() != null) {
        flips =
            flips.plus(
                Flips.between(
                    predictions.load(old.getPredictionsSha256()),
                    predictions.load(after.getPredictionsSha256())));
      }
    }
    return flips;
  }

  private List<EvaluationResult> measured(VersionInfo version, List<Suite> suites) {
    var found = new ArrayList<EvaluationResult>();
    for (Suite suite : suites) {
      for (Suite.Entry entry : suite.entries()) {
        results
            .find(model(version), number(version), suite.id(), entry.task().key())
            .filter(result -> result.getStatus() == EvaluationStatus.DONE)
            .ifPresent(found::add);
      }
    }
    return found;
  }

  private Path cacheDir() {
    return config.inHome(config.evaluation().cacheDir());
  }

  private static String model(VersionInfo version) {
    return version.manifest().model();
  }

  private static int number(VersionInfo version) {
    return version.manifest().version();
  }
}
