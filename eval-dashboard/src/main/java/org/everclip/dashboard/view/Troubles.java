package org.everclip.dashboard.view;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.everclip.dashboard.feed.Counts;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.ReadModel.RoleState;
import org.everclip.dashboard.feed.Waiting;
import org.jspecify.annotations.Nullable;

/** Says in words what is wrong, and what to do next. */
final class Troubles {

  /**
   * One thing that is wrong.
   *
   * @param role whose trouble it is, or empty
   * @param serious false for what only deserves a look
   */
  record Trouble(String role, boolean serious, String what, String next) {}

  private static final List<String> EXPECTED =
      List.of("gate", "reinforce", "trainer", "registry", "evaluator");
  private static final Duration SILENCE = Duration.ofSeconds(15);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long ENOUGH_PAIRS = 50;
  private static final Duration STUCK = Duration.ofMinutes(2);
  private static final Duration SLOW_EVALUATION = Duration.ofMinutes(15);

  private final ReadModel model;
  private final Clock clock;
  private final Instant started;

  Troubles(ReadModel model, Clock clock) {
    this.model = model;
    this.clock = clock;
    this.started = clock.instant();
  }

  /**
   * What is wrong now, the serious first.
   *
   * @param undecided versions without a decision
   */
  List<Trouble> find(Waiting undecided) {
    var found = new ArrayList<Trouble>();
    if (!model.feedTrouble().isEmpty()) {
      found.add(
          new Trouble(
              "",
              true,
              "The page cannot follow the stream: " + model.feedTrouble(),
              "Is the broker running? 'everclip status' says so; what is shown may be old."));
    } else if (!model.isLive()) {
      found.add(
          new Trouble("", false, "The past of the stream is still being read.", "Wait a moment."));
    }
    if (!model.registryTrouble().isEmpty()) {
      found.add(
          new Trouble(
              "registry",
              true,
              "The registry does not answer: " + model.registryTrouble(),
              "See HOME/logs/registry.log; the versions shown are the last known ones."));
    }
    roles(found);
    stuck(found, undecided);
    rejections(found);
    found.sort(Comparator.comparing(Trouble::serious).reversed());
    return found;
  }

  /** Whether a role has not been heard of for too long. */
  boolean isSilent(RoleState state) {
    return age(state, clock.instant()).compareTo(SILENCE) >= 0;
  }

  private void roles(List<Trouble> found) {
    Map<String, RoleState> roles = model.roles();
    Instant now = clock.instant();
    boolean allSilent =
        !roles.isEmpty()
            && roles.values().stream().noneMatch(state -> age(state, now).compareTo(SILENCE) < 0);
    if (allSilent) {
      found.add(
          new Trouble(
              "",
              true,
              "No role has reported for more than " + SILENCE.toSeconds() + " seconds.",
              "Everything may be stopped, or the broker is away: 'everclip status', then"
                  + " 'everclip up'."));
    }
    for (String role : EXPECTED) {
      RoleState state = roles.get(role);
      if (state == null) {
        missing(role, now, found);
      } else if (!allSilent && age(state, now).compareTo(SILENCE) >= 0) {
        found.add(
            new Trouble(
                role,
                true,
                "The %s role was last heard of %d seconds ago."
                    .formatted(role, age(state, now).toSeconds()),
                "It may be restarting; see HOME/logs/" + role + ".log."));
      }
    }
    roles.forEach(
        (role, state) -> {
          if (!state.metric().getHealthy() && age(state, now).compareTo(SILENCE) < 0) {
            boolean starting = state.metric().getDetail().startsWith("starting");
            found.add(
                new Trouble(
                    role,
                    !starting,
                    "The " + role + " role is not ready: " + state.metric().getDetail(),
                    starting ? "Wait a moment." : "See HOME/logs/" + role + ".log."));
          }
        });
  }

  private void missing(String role, Instant now, List<Trouble> found) {
    boolean late = Duration.between(started, now).compareTo(PATIENCE) > 0;
    found.add(
        new Trouble(
            role,
            late,
            "The " + role + " role has not reported yet.",
            late ? "Start it with 'everclip " + role + "' or 'everclip up'." : "Wait a moment."));
  }

  /** Something waits, has waited for long, and nothing like it has been done lately. */
  private void stuck(List<Trouble> found, Waiting undecided) {
    Waiting raw = model.rawWaiting();
    if (old(raw, STUCK) && idle(ReadModel.Stage.ACCEPTED) && idle(ReadModel.Stage.REJECTED)) {
      found.add(
          stuck(
              "gate",
              raw,
              "The gate decides nothing: %d raw records wait, the oldest for %s.",
              "See HOME/logs/gate.log, then 'everclip status'; the raw records are kept."));
    }
    Waiting pairs = model.unreinforced();
    if (old(pairs, STUCK) && idle(ReadModel.Stage.REINFORCED)) {
      found.add(
          stuck(
              "reinforce",
              pairs,
              "Reinforcement stands still: %d accepted pairs wait, the oldest for %s.",
              "See Flink's own page and HOME/logs/reinforce.log; 'everclip reconcile' says whether"
                  + " pairs are missing."));
    }
    if (old(undecided, SLOW_EVALUATION)) {
      found.add(
          new Trouble(
              "evaluator",
              false,
              words("%d versions wait for their evaluation, the oldest for %s.", undecided),
              "See HOME/logs/evaluator.log; newer versions are evaluated first."));
    }
  }

  private Trouble stuck(String role, @Nullable Waiting waiting, String text, String next) {
    return new Trouble(role, true, waiting == null ? text : words(text, waiting), next);
  }

  private String words(String text, Waiting waiting) {
    Instant oldest = waiting.oldest();
    long minutes = oldest == null ? 0 : Duration.between(oldest, clock.instant()).toMinutes();
    return text.formatted(waiting.count(), minutes + " minutes");
  }

  private boolean old(@Nullable Waiting waiting, Duration limit) {
    return waiting != null
        && waiting.count() > 0
        && waiting.oldest() != null
        && waiting.oldest().plus(limit).isBefore(clock.instant());
  }

  private boolean idle(ReadModel.Stage stage) {
    return model.perMinute(stage).orElse(1) == 0;
  }

  private void rejections(List<Trouble> found) {
    Counts counts = model.counts();
    long all = counts.accepted() + counts.rejected();
    if (all >= ENOUGH_PAIRS && counts.rejected() * 2 > all) {
      String reason =
          counts.reasons().entrySet().stream()
              .max(Map.Entry.comparingByValue())
              .map(Map.Entry::getKey)
              .orElse("OTHER");
      found.add(
          new Trouble(
              "gate",
              false,
              "More than half of all pairs are rejected, most of them as " + reason + ".",
              "Look at the rejected pairs under Stream; 'everclip rejected --reason "
                  + reason
                  + "' lists them."));
    }
  }

  private static Duration age(RoleState state, Instant now) {
    return Duration.between(state.seen(), now);
  }
}
