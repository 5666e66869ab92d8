package org.everclip.trainer;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.StopSignal;
import org.everclip.trainer.checkpoint.Position;
import org.everclip.trainer.publish.VersionWriter;
import org.everclip.trainer.replay.ReplayStore;
import org.everclip.trainer.round.BatchAssembler;
import org.everclip.trainer.round.Plans;
import org.everclip.trainer.round.RoundPlan;
import org.everclip.trainer.round.RoundPlanner;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Round after round, until a stop. A round is: plan written, steps with checkpoints, version laid
 * out in the outbox, pairs moved to the past. Each of these can be done again after a crash without
 * effect, and each says by itself whether it has been done; so wherever the process was killed, the
 * next start goes on there. For the thread that owns the session.
 */
final class TrainerLoop {

  private static final Logger log = LoggerFactory.getLogger(TrainerLoop.class);
  private static final Duration LOOK = Duration.ofMillis(500);

  private final EverclipConfig.Trainer settings;
  private final Run run;
  private final Student student;
  private final Handover handover;
  private final ReplayStore store;
  private final Plans plans;
  private final RoundPlanner planner;
  private final RoundRunner runner;
  private final VersionWriter versions;
  private final Lineage lineage;
  private final Supplier<Instant> lastArrival;
  private final IntConsumer holdoutGuard;
  private final Clock clock;
  private final StopSignal stop;
  private volatile int round;

  /** The parts that keep state on disk. */
  record Parts(
      ReplayStore store,
      Plans plans,
      RoundPlanner planner,
      RoundRunner runner,
      VersionWriter versions,
      Lineage lineage) {}

  TrainerLoop(
      EverclipConfig.Trainer settings,
      Run run,
      Student student,
      Handover handover,
      Parts parts,
      Supplier<Instant> lastArrival,
      IntConsumer holdoutGuard,
      Clock clock,
      StopSignal stop) {
    this.settings = settings;
    this.run = run;
    this.student = student;
    this.handover = handover;
    this.store = parts.store();
    this.plans = parts.plans();
    this.planner = parts.planner();
    this.runner = parts.runner();
    this.versions = parts.versions();
    this.lineage = parts.lineage();
    this.lastArrival = lastArrival;
    this.holdoutGuard = holdoutGuard;
    this.clock = clock;
    this.stop = stop;
  }

  /** The round in progress, or the last one. */
  int round() {
    return round;
  }

  /** Trains until the stop. */
  void run() throws InterruptedException {
    Position position = begin();
    Instant roundEnd = clock.instant();
    while (!stop.requested()) {
      @Nullable RoundPlan plan = position.round() == 0 ? null : plan(position.round());
      if (plan != null) {
        position = train(plan, position);
        if (position.stepInRound() < plan.steps()) {
          return;
        }
        if (finish(plan, position)) {
          roundEnd = clock.instant();
        }
      }
      Optional<RoundPlan> next = next(plan, position.round() + 1, roundEnd);
      if (next.isPresent()) {
        position = atStart(next.get());
      }
    }
  }

  private Position begin() {
    Position position = runner.resume();
    if (position == null) {
      if (plans.read(2).isPresent()) {
        throw new IllegalStateException(
            "rounds have been trained, but there is no whole checkpoint; restore trainer.stateDir or begin with an empty one");
      }
      position = Position.atStart(run.id(), 0, 0);
      runner.checkpoint(position);
    } else if (!position.run().equals(run.id())) {
      throw new IllegalStateException(
          "the checkpoint is of run %s, but this is run %s".formatted(position.run(), run.id()));
    } else {
      log.info("resumes at step {} of round {}", position.stepInRound(), position.round());
    }
    round = position.round();
    return position;
  }

  private RoundPlan plan(int number) {
    return plans
        .read(number)
        .orElseThrow(
            () -> new IllegalStateException("the plan of round %d is missing".formatted(number)));
  }

  private Position train(RoundPlan plan, Position position) throws InterruptedException {
    if (position.stepInRound() == plan.steps()) {
      return position;
    }
    var assembler =
        new BatchAssembler(plan, store, student.input(), settings.teacherScales(), holdoutGuard);
    try (ParentModel parent = handover.parent(plan)) {
      return runner.run(
          plan, step -> ParentModel.complete(parent, assembler.assemble(step)), position);
    }
  }

  /** Lays out the round's version and moves its pairs to the past; false if that had been done. */
  private boolean finish(RoundPlan plan, Position end) {
    boolean fresh = !versions.has(plan.round());
    if (fresh) {
      try (Weights weights = handover.leave(plan)) {
        versions.write(
            lineage.publication(plan, end, handover.hasParent(plan)),
            student.architecture(),
            weights,
            end.curve());
      }
      log.info("round {} has ended after {} steps in all", plan.round(), end.step());
    }
    store.settle(plan.newPairs(), plan.to());
    return fresh;
  }

  private Optional<RoundPlan> next(@Nullable RoundPlan previous, int number, Instant roundEnd)
      throws InterruptedException {
    Optional<RoundPlan> written = plans.read(number);
    if (written.isPresent()) {
      return written;
    }
    Optional<RoundPlan> planned =
        planner.next(previous, roundEnd, lastArrival.get(), clock.instant());
    if (planned.isEmpty()) {
      stop.await(LOOK);
      return planned;
    }
    plans.write(planned.get());
    log.info(
        "round {} begins: {} new pairs, {} past pairs in {} periods",
        number,
        planned.get().newPairs().size(),
        planned.get().rehearsal().values().stream().mapToInt(List::size).sum(),
        planned.get().rehearsal().size());
    return planned;
  }

  private Position atStart(RoundPlan plan) {
    round = plan.round();
    return Position.atStart(run.id(), plan.firstStep(), plan.round());
  }
}
