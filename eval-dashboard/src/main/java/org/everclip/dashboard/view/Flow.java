package org.everclip.dashboard.view;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.dashboard.feed.Counts;
import org.everclip.dashboard.feed.Curves;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.ReadModel.RoleState;
import org.everclip.dashboard.feed.Waiting;
import org.jspecify.annotations.Nullable;

/** The parts of the flow in its order: how much, how fast, what waits, what went wrong. */
final class Flow {

  /**
   * One part of the flow.
   *
   * @param role empty when no role of ours does it
   * @param perMinute null while the past is read, or where a rate means nothing
   * @param waiting what it has not done yet; null where that is not known or means nothing
   * @param oldestSeconds age of the oldest of that; null when nothing waits
   * @param errors what it refused or failed at
   * @param errorsAre what is counted there, in words
   * @param errorsAt the view that lists them, or empty
   * @param state {@code ok}, {@code waiting} or {@code trouble}
   */
  record Stage(
      String id,
      String name,
      String role,
      long total,
      String unit,
      @Nullable Double perMinute,
      @Nullable Long waiting,
      String waitingFor,
      @Nullable Double oldestSeconds,
      long errors,
      String errorsAre,
      String errorsAt,
      String note,
      String state) {}

  private final ReadModel model;
  private final Troubles troubles;
  private final Decisions decisions;

  Flow(ReadModel model, Troubles troubles, Decisions decisions) {
    this.model = model;
    this.troubles = troubles;
    this.decisions = decisions;
  }

  List<Stage> stages(List<Troubles.Trouble> wrong, Instant now) {
    Counts counts = model.counts();
    return List.of(
        producers(counts),
        gate(counts, wrong, now),
        reinforcement(counts, wrong, now),
        trainer(counts, wrong, now),
        registry(wrong),
        evaluator(wrong, now));
  }

  private Stage producers(Counts counts) {
    Double accepted = rate(ReadModel.Stage.ACCEPTED);
    Double rejected = rate(ReadModel.Stage.REJECTED);
    long unreadable = counts.reasons().getOrDefault("UNDECODABLE_RECORD", 0L);
    return new Stage(
        "producers",
        "Producers",
        "",
        counts.accepted() + counts.rejected() - counts.rejectedLater(),
        "pairs received",
        accepted == null || rejected == null ? null : accepted + rejected,
        null,
        "",
        null,
        unreadable,
        "unreadable",
        "#/stream/rejected?reason=UNDECODABLE_RECORD",
        "into pairs.raw",
        "ok");
  }

  private Stage gate(Counts counts, List<Troubles.Trouble> wrong, Instant now) {
    long refused = counts.rejected() - counts.rejectedLater();
    Waiting raw = model.rawWaiting();
    return new Stage(
        "gate",
        "Gate",
        "gate",
        counts.accepted(),
        "accepted",
        rate(ReadModel.Stage.ACCEPTED),
        raw == null ? null : raw.count(),
        "undecided",
        raw == null ? null : age(raw, now),
        refused,
        "rejected",
        "#/stream/rejected",
        "%s held out".formatted(number(counts.holdout())),
        state("gate", wrong));
  }

  private Stage reinforcement(Counts counts, List<Troubles.Trouble> wrong, Instant now) {
    Waiting waiting = model.unreinforced();
    return new Stage(
        "reinforcement",
        "Reinforcement",
        "reinforce",
        counts.reinforced(),
        "reinforced",
        rate(ReadModel.Stage.REINFORCED),
        waiting.count(),
        "to reinforce",
        age(waiting, now),
        counts.stages().getOrDefault("REINFORCE", 0L),
        "put aside",
        "#/stream/rejected?stage=REINFORCE",
        "",
        state("reinforce", wrong));
  }

  private Stage trainer(Counts counts, List<Troubles.Trouble> wrong, Instant now) {
    Waiting waiting = model.untrained();
    Curves.@Nullable Position at = model.curves().position().orElse(null);
    return new Stage(
        "trainer",
        "Trainer",
        "trainer",
        at == null ? 0 : at.step(),
        "steps",
        null,
        waiting.count(),
        "to learn",
        age(waiting, now),
        counts.stages().getOrDefault("TRAIN", 0L),
        "put aside",
        "#/stream/rejected?stage=TRAIN",
        at == null ? "no step yet" : "round " + at.round(),
        state("trainer", wrong));
  }

  private Stage registry(List<Troubles.Trouble> wrong) {
    long versions = model.versions().values().stream().mapToLong(List::size).sum();
    long refused =
        figure("registry", "everclip.registry.publishes").entrySet().stream()
            .filter(entry -> entry.getKey().contains("refused"))
            .mapToLong(entry -> entry.getValue().longValue())
            .sum();
    return new Stage(
        "registry",
        "Registry",
        "registry",
        versions,
        versions == 1 ? "version" : "versions",
        null,
        null,
        "",
        null,
        refused,
        "refused",
        "",
        mains(),
        state("registry", wrong));
  }

  private Stage evaluator(List<Troubles.Trouble> wrong, Instant now) {
    Waiting waiting = undecided();
    long failed =
        model.results().stream()
            .map(EvaluationResult::getStatus)
            .filter(status -> status == EvaluationStatus.FAILED)
            .count();
    return new Stage(
        "evaluator",
        "Evaluator",
        "evaluator",
        decisions.count(),
        "evaluated",
        null,
        waiting.count(),
        "to evaluate",
        age(waiting, now),
        failed,
        "failed",
        "#/benchmarks",
        decisions.promotedCount() + " promoted",
        state("evaluator", wrong));
  }

  /** Versions that the promotion gate has not decided. */
  Waiting undecided() {
    long count = 0;
    Instant oldest = null;
    for (Map.Entry<String, List<VersionInfo>> entry : model.versions().entrySet()) {
      Map<Integer, Decisions.Verdict> verdicts = decisions.of(entry.getKey());
      for (VersionInfo version : entry.getValue()) {
        if (!version.retired() && !verdicts.containsKey(version.version())) {
          count++;
          Instant created = version.manifest().created();
          oldest = oldest == null || created.isBefore(oldest) ? created : oldest;
        }
      }
    }
    return new Waiting(count, oldest);
  }

  private Map<String, Double> figure(String role, String name) {
    RoleState state = model.roles().get(role);
    var found = new java.util.TreeMap<String, Double>();
    if (state != null) {
      state
          .metric()
          .getValues()
          .forEach(
              (key, value) -> {
                if (key.startsWith(name)) {
                  found.put(key, value);
                }
              });
    }
    return found;
  }

  private String state(String role, List<Troubles.Trouble> wrong) {
    if (wrong.stream().anyMatch(trouble -> trouble.role().equals(role) && trouble.serious())) {
      return "trouble";
    }
    RoleState last = model.roles().get(role);
    if (last == null) {
      return "waiting";
    }
    return troubles.isSilent(last) ? "trouble" : "ok";
  }

  private @Nullable Double rate(ReadModel.Stage stage) {
    OptionalDouble rate = model.perMinute(stage);
    return rate.isPresent() ? rate.getAsDouble() : null;
  }

  private static @Nullable Double age(Waiting waiting, Instant now) {
    Instant oldest = waiting.oldest();
    return waiting.count() == 0 || oldest == null
        ? null
        : Math.max(0, Duration.between(oldest, now).toMillis() / 1000.0);
  }

  private String mains() {
    var texts = new ArrayList<String>();
    for (VersionInfo version : decisions.mains()) {
      texts.add(decisions.alias() + " is v" + version.version());
    }
    return texts.isEmpty() ? "no " + decisions.alias() + " yet" : String.join(", ", texts);
  }

  private static String number(long value) {
    return Objects.requireNonNull(String.format(Locale.ROOT, "%,d", value));
  }
}
