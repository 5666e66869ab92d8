package org.everclip.evaluation.role;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.config.EverclipConfig.Promotion;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.continual.Flips;
import org.everclip.evaluation.continual.PairedChange;
import org.everclip.evaluation.metric.Interval;
import org.everclip.evaluation.promotion.Decision;
import org.everclip.evaluation.promotion.PromotionGate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the promotion gate decide on a version that has been measured, moves the alias and records
 * flips and decision. Killed between the move and the record, it decides the same again: against
 * what the alias pointed to before. For one thread.
 */
final class Decider {

  /** Suite and task of the record that tells the decision. */
  static final String SUITE = "decision";

  static final String TASK = "promotion";

  private static final Logger log = LoggerFactory.getLogger(Decider.class);

  private final Promotion rule;
  private final PromotionGate gate;
  private final Versions versions;
  private final Results results;
  private final Comparison comparison;
  private final Measurement measurement;
  private final String latency;

  Decider(
      Promotion rule,
      Versions versions,
      Results results,
      Comparison comparison,
      Measurement measurement,
      String latency) {
    this.rule = rule;
    this.gate = new PromotionGate(rule);
    this.versions = versions;
    this.results = results;
    this.comparison = comparison;
    this.measurement = measurement;
    this.latency = latency;
  }

  /** The version that a candidate is compared with: where main points to, or did before it. */
  Optional<VersionInfo> baseline(VersionInfo version, Lineage lineage) {
    return lineage.version(before(version));
  }

  private int before(VersionInfo version) {
    String model = version.manifest().model();
    int now = versions.alias(model, rule.alias()).orElse(0);
    return now == version.version() ? versions.before(model, rule.alias(), version.version()) : now;
  }

  /**
   * Decides.
   *
   * @return whether main points to the version now because of that
   */
  boolean decide(VersionInfo version, Lineage lineage, Tasks tasks) throws InterruptedException {
    Optional<VersionInfo> parent = lineage.parent(version);
    if (parent.isPresent()) {
      flips("parent", parent.get(), version, comparison.changes(parent.get(), version, tasks));
    }
    while (true) {
      Optional<VersionInfo> main = baseline(version, lineage);
      Decision decision = decision(version, main, tasks);
      String reasons = String.join("; ", decision.reasons());
      boolean moved = decision.promote() && move(version, main, reasons);
      if (decision.promote() && !moved) {
        log.info("{} was moved meanwhile, deciding again", rule.alias());
        continue;
      }
      log.info(
          "{} {} {}: {}",
          version.manifest().model(),
          version.manifest().label(),
          moved ? "promoted" : "not promoted",
          reasons);
      results.add(record(version, decision, moved, reasons, main));
      return moved;
    }
  }

  /** A version that cannot be measured is decided on, so that the next one has its turn. */
  void refuse(VersionInfo version, String why) throws InterruptedException {
    log.warn("{} {} not promoted: {}", version.manifest().model(), version.manifest().label(), why);
    String reason = why.replace(";", ",");
    Decision decision = Decision.without(false, List.of(reason));
    results.add(record(version, decision, false, reason, Optional.empty()));
  }

  private Decision decision(VersionInfo version, Optional<VersionInfo> baseline, Tasks tasks)
      throws InterruptedException {
    var candidate = comparison.measured(version.manifest().label(), version, tasks, latency);
    if (baseline.isEmpty()) {
      return gate.first(candidate);
    }
    VersionInfo main = baseline.get();
    if (main.version() > version.version()) {
      return Decision.without(
          false,
          List.of(
              "%s is older than %s (%s)"
                  .formatted(version.manifest().label(), rule.alias(), main.manifest().label())));
    }
    Map<String, PairedChange> changes = comparison.changes(main, version, tasks);
    flips(rule.alias(), main, version, changes);
    String name = "%s (%s)".formatted(rule.alias(), main.manifest().label());
    return gate.against(
        comparison.measured(name, main, tasks, latency), candidate, Comparison.total(changes));
  }

  private boolean move(VersionInfo version, Optional<VersionInfo> main, String reasons) {
    String model = version.manifest().model();
    int expected = main.map(VersionInfo::version).orElse(0);
    return versions.alias(model, rule.alias()).orElse(0) == version.version()
        || versions.move(model, rule.alias(), version.version(), expected, reasons);
  }

  private void flips(
      String against, VersionInfo before, VersionInfo after, Map<String, PairedChange> changes)
      throws InterruptedException {
    Flips all = Comparison.total(changes);
    String task = "flips/" + against;
    boolean known =
        comparison
            .find(after, EvaluationGroups.FLIPS, task)
            .map(result -> result.getMetrics().get("against"))
            .filter(version -> version == before.version())
            .isPresent();
    if (known || all.shared() == 0) {
      return;
    }
    Interval interval = Interval.wilson(all.negativeRate(), all.shared());
    results.add(
        measurement
            .about(after, EvaluationGroups.FLIPS, EvaluationGroups.FLIPS, task)
            .setMainMetric("negativeRate")
            .setValue(all.negativeRate())
            .setLow(interval.low())
            .setHigh(interval.high())
            .setSamples(all.shared())
            .setMetrics(Comparison.metrics(before.version(), changes))
            .build());
  }

  private EvaluationResult record(
      VersionInfo version,
      Decision decision,
      boolean moved,
      String reasons,
      Optional<VersionInfo> main) {
    var metrics = new HashMap<>(decision.metrics());
    metrics.put("against", (double) main.map(VersionInfo::version).orElse(0));
    return measurement
        .about(version, SUITE, EvaluationGroups.DECISION, TASK)
        .setDetail((moved ? "promoted: " : "not promoted: ") + reasons)
        .setMainMetric("promoted")
        .setValue(moved ? 1.0 : 0.0)
        .setMetrics(metrics)
        .build();
  }
}
