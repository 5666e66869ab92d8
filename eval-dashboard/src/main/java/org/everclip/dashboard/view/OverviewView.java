package org.everclip.dashboard.view;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.everclip.contracts.avro.TrainingMetric;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.ReadModel.Counts;
import org.everclip.dashboard.feed.ReadModel.RoleState;
import org.jspecify.annotations.Nullable;

/** The flow at a glance: counts and rates of each part, what is wrong, the newest model. */
final class OverviewView {

  /**
   * One part of the flow.
   *
   * @param role empty when no role of ours does it
   * @param perMinute null while the past is read, or where a rate means nothing
   * @param state {@code ok}, {@code waiting} or {@code trouble}
   */
  record Stage(
      String id,
      String name,
      String role,
      long total,
      String unit,
      @Nullable Double perMinute,
      String note,
      String state) {}

  /** A role's last report. */
  record Role(String name, boolean healthy, String detail, double ageSeconds, String instance) {}

  /** The newest version and what the gate said about it. */
  record Newest(
      String model, int version, @Nullable Integer main, @Nullable Boolean promoted, String text) {}

  record Overview(
      Instant time,
      boolean live,
      List<Stage> flow,
      List<Troubles.Trouble> troubles,
      Counts counts,
      List<Role> roles,
      List<Newest> newest,
      Map<String, String> links) {}

  private final ReadModel model;
  private final Troubles troubles;
  private final Decisions decisions;
  private final Map<String, String> links;
  private final Clock clock;

  OverviewView(
      ReadModel model,
      Troubles troubles,
      Decisions decisions,
      Map<String, String> links,
      Clock clock) {
    this.model = model;
    this.troubles = troubles;
    this.decisions = decisions;
    this.links = links;
    this.clock = clock;
  }

  Overview overview() {
    Instant now = clock.instant();
    List<Troubles.Trouble> wrong = troubles.find();
    var roles = new ArrayList<Role>();
    model.roles().forEach((name, state) -> roles.add(role(name, state, now)));
    return new Overview(
        now, model.isLive(), flow(wrong), wrong, model.counts(), roles, newest(), links);
  }

  private static Role role(String name, RoleState state, Instant now) {
    return new Role(
        name,
        state.metric().getHealthy(),
        state.metric().getDetail(),
        Math.max(0, Duration.between(state.seen(), now).toMillis() / 1000.0),
        state.metric().getInstance());
  }

  private List<Stage> flow(List<Troubles.Trouble> wrong) {
    Counts counts = model.counts();
    Double accepted = rate(ReadModel.Stage.ACCEPTED);
    Double rejected = rate(ReadModel.Stage.REJECTED);
    Double received = accepted == null || rejected == null ? null : accepted + rejected;
    long gateRejected = counts.rejected() - counts.rejectedLater();
    long waiting = Math.max(0, counts.accepted() - counts.reinforced() - counts.rejectedLater());
    TrainingMetric point = lastPoint();
    long versions = model.versions().values().stream().mapToLong(List::size).sum();
    return List.of(
        new Stage(
            "producers",
            "Producers",
            "",
            counts.accepted() + gateRejected,
            "pairs received",
            received,
            "into pairs.raw",
            "ok"),
        new Stage(
            "gate",
            "Gate",
            "gate",
            counts.accepted(),
            "accepted",
            accepted,
            "%,d rejected · %,d held out".formatted(gateRejected, counts.holdout()),
            state("gate", wrong)),
        new Stage(
            "reinforcement",
            "Reinforcement",
            "reinforce",
            counts.reinforced(),
            "reinforced",
            rate(ReadModel.Stage.REINFORCED),
            waiting == 0 ? "nothing waits" : "%,d waiting".formatted(waiting),
            state("reinforce", wrong)),
        new Stage(
            "trainer",
            "Trainer",
            "trainer",
            point == null ? 0 : point.getStep(),
            "steps",
            null,
            point == null ? "no step yet" : "round " + point.getRound(),
            state("trainer", wrong)),
        new Stage(
            "registry",
            "Registry",
            "registry",
            versions,
            versions == 1 ? "version" : "versions",
            null,
            mains(),
            state("registry", wrong)),
        new Stage(
            "evaluator",
            "Evaluator",
            "evaluator",
            decisions.count(),
            "evaluated",
            null,
            decisions.promotedCount() + " promoted",
            state("evaluator", wrong)));
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

  private @Nullable TrainingMetric lastPoint() {
    TrainingMetric last = null;
    for (List<TrainingMetric> run : model.curves().values()) {
      TrainingMetric end = run.get(run.size() - 1);
      if (last == null || end.getTime().isAfter(last.getTime())) {
        last = end;
      }
    }
    return last;
  }

  private String mains() {
    var texts = new ArrayList<String>();
    for (VersionInfo version : decisions.mains()) {
      texts.add("main is v" + version.version());
    }
    return texts.isEmpty() ? "no main yet" : String.join(", ", texts);
  }

  private List<Newest> newest() {
    var newest = new ArrayList<Newest>();
    model
        .versions()
        .forEach(
            (name, versions) -> {
              VersionInfo last = versions.isEmpty() ? null : versions.get(versions.size() - 1);
              if (last != null) {
                Decisions.Verdict verdict = decisions.of(name).get(last.version());
                newest.add(
                    new Newest(
                        name,
                        last.version(),
                        decisions.main(name),
                        verdict == null ? null : verdict.promoted(),
                        verdict == null ? "not decided yet" : verdict.text()));
              }
            });
    return newest;
  }
}
