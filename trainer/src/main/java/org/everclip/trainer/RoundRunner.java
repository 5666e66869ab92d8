package org.everclip.trainer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.everclip.clip.training.StepResult;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.trainer.checkpoint.CheckpointStore;
import org.everclip.trainer.checkpoint.CheckpointStore.Checkpoint;
import org.everclip.trainer.checkpoint.CurvePoint;
import org.everclip.trainer.checkpoint.Position;
import org.everclip.trainer.round.BatchQueue;
import org.everclip.trainer.round.RoundPlan;
import org.everclip.trainer.round.TrainingBatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does the steps of a round from any position to its end, with checkpoints on the way. A batch that
 * makes the loss not finite or spike is quarantined: the state goes back to the newest checkpoint
 * and the steps since then are repeated without it, so that afterwards it is as if the batch had
 * never been. For the thread that owns the session.
 */
final class RoundRunner {

  private static final Logger log = LoggerFactory.getLogger(RoundRunner.class);

  /** A round with more bad batches than one in so many is not a matter of bad batches. */
  private static final int MAX_BAD_SHARE = 4;

  /** At most so many of a round's steps are points of its version's curve. */
  private static final int CURVE_POINTS = 200;

  private final Learner learner;
  private final Handover handover;
  private final CheckpointStore checkpoints;
  private final EverclipConfig.Trainer settings;
  private final RoundRate rate;
  private final RoundCost cost;
  private final RoundClock clock = new RoundClock();
  private final TrainingEvents events;
  private final BooleanSupplier stop;

  /** The step of the newest checkpoint that this runner wrote or resumed from; -1 for none. */
  private long checkpointed = -1;

  /** Makes the batch of a step of the round. */
  @FunctionalInterface
  interface Assembler {
    TrainingBatch assemble(int stepInRound);
  }

  RoundRunner(
      Learner learner,
      Handover handover,
      CheckpointStore checkpoints,
      EverclipConfig.Trainer settings,
      RoundCost cost,
      TrainingEvents events,
      BooleanSupplier stop) {
    this.learner = learner;
    this.handover = handover;
    this.rate = new RoundRate(settings);
    this.cost = cost;
    this.checkpoints = checkpoints;
    this.settings = settings;
    this.events = events;
    this.stop = stop;
  }

  /** Puts the newest whole checkpoint's state into the session; null if there is none. */
  @Nullable Position resume() {
    Checkpoint checkpoint = checkpoints.newest().orElse(null);
    if (checkpoint == null) {
      return null;
    }
    try {
      learner.session().restore(checkpoint.state());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot resume from " + checkpoint.state(), e);
    }
    checkpointed = checkpoint.position().step();
    return checkpoint.position();
  }

  /** Adds a checkpoint of the session at this position, unless there is one of this step. */
  void checkpoint(Position position) {
    if (checkpointed != position.step()) {
      checkpoints.write(position, learner.session()::save);
      checkpointed = position.step();
    }
  }

  /**
   * Trains until the round's end or a stop; the position returned has been checkpointed.
   *
   * @param start a position of this round at which the session stands and a checkpoint exists; at
   *     the round's beginning, the session stands at the end of the round before
   */
  Position run(RoundPlan plan, Assembler assembler, Position start) throws InterruptedException {
    clock.begin();
    Position position = start;
    while (position.stepInRound() < plan.steps() && !stop.getAsBoolean()) {
      if (position.stepInRound() == 0) {
        handover.enter(plan);
      }
      position = stretch(plan, assembler, position);
    }
    return position;
  }

  /** Trains until the end, a stop, or a bad batch; then the session is back at a checkpoint. */
  private Position stretch(RoundPlan plan, Assembler assembler, Position start)
      throws InterruptedException {
    Position position = start;
    double other = 0;
    int stride = (plan.steps() + CURVE_POINTS - 1) / CURVE_POINTS;
    Set<Integer> skipped = start.skipped();
    try (var queue =
        new BatchQueue(assembler::assemble, start.stepInRound(), plan.steps(), skipped::contains)) {
      while (position.stepInRound() < plan.steps() && !stop.getAsBoolean()) {
        if (skipped.contains(position.stepInRound())) {
          position = position.next(position.losses());
        } else {
          other += clock.lap(RoundClock.OTHER);
          TrainingBatch batch = queue.take();
          double waited = clock.lap(RoundClock.WAIT);
          double learningRate =
              rate.at(position.step(), plan.round(), position.stepInRound(), plan.steps());
          learner.session().setLearningRate(learningRate);
          StepResult result = learner.session().step(batch.batch());
          double stepped = clock.lap(RoundClock.STEP);
          clock.samples(batch.pairIds().size());
          var bad = SpikeRule.judge(result, position.losses());
          if (bad.isPresent()) {
            return rollBack(plan, position, batch.pairIds(), bad.get(), result);
          }
          position = position.next(SpikeRule.remember(position.losses(), result.loss()));
          if (position.stepInRound() % stride == 0) {
            position = position.with(point(position.step(), result, learningRate));
          }
          double flops = cost.flops(batch.pairIds().size(), plan.synthetic() ? 2 : 1);
          events.stepped(
              new StepReport(
                  plan.round(),
                  position.step(),
                  result,
                  learningRate,
                  batch.pairIds().size(),
                  waited,
                  stepped,
                  other,
                  flops,
                  cost.utilisation(flops, waited + stepped + other),
                  plan.replayShare(),
                  batch.meanTime(),
                  batch.oldestTime(),
                  skipped.size()));
          other = 0;
        }
        if (position.stepInRound() % settings.checkpointSteps() == 0
            && position.stepInRound() < plan.steps()) {
          position = account(position);
          checkpoint(position);
          other += clock.lap(RoundClock.CHECKPOINT);
        }
      }
    }
    position = account(position);
    checkpoint(position);
    clock.lap(RoundClock.CHECKPOINT);
    return position.with(clock.take());
  }

  private Position rollBack(
      RoundPlan plan,
      Position at,
      List<String> pairIds,
      RejectionReason reason,
      StepResult result) {
    String why =
        "round %d step %d: loss %s, gradient norm %s"
            .formatted(plan.round(), at.stepInRound(), result.loss(), result.gradientNorm());
    log.warn("a batch is quarantined ({}): {}", reason, why);
    var skipped = new TreeSet<>(at.skipped());
    skipped.add(at.stepInRound());
    if (skipped.size() * MAX_BAD_SHARE > Math.max(plan.steps(), 2 * MAX_BAD_SHARE)) {
      throw new IllegalStateException(
          "training diverges: %d of the %d steps of round %d failed; lower trainer.learningRate or look at pairs.rejected"
              .formatted(skipped.size(), plan.steps(), plan.round()));
    }
    events.quarantined(plan.round(), at.step(), pairIds, reason, why);
    Position back = resume();
    if (back == null || back.step() < plan.firstStep() || back.step() > at.step()) {
      throw new IllegalStateException("there is no checkpoint of this round to go back to");
    }
    boolean inRound = back.round() == plan.round();
    clock.lap(RoundClock.ROLLBACK);
    return new Position(
        Position.LAYOUT,
        back.run(),
        back.step(),
        plan.round(),
        inRound ? back.stepInRound() : 0,
        skipped,
        inRound ? back.losses() : List.of(),
        inRound ? back.curve() : List.of(),
        at.spent());
  }

  private static CurvePoint point(long step, StepResult result, double learningRate) {
    return new CurvePoint(
        step,
        result.loss(),
        result.lossClip(),
        result.lossDistill(),
        result.gradientNorm(),
        result.logitScale(),
        learningRate);
  }

  private Position account(Position position) {
    clock.lap(RoundClock.OTHER);
    return position.with(clock.take());
  }
}
