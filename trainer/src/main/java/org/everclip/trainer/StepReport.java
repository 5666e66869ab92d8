package org.everclip.trainer;

import java.time.Instant;
import org.everclip.clip.training.StepResult;

/**
 * One step as the curves show it.
 *
 * @param step counted from 1 over all rounds
 * @param dataSeconds waited for the batch
 * @param stepSeconds spent in the step
 * @param otherSeconds since the step before, neither waiting nor in the step
 * @param flops floating-point operations of the step
 * @param utilisation share of what the machine can do, over all three
 * @param meanTime of the contents of the batch's pairs, on average
 * @param oldestTime of the oldest of them
 */
record StepReport(
    int round,
    long step,
    StepResult result,
    double learningRate,
    int samples,
    double dataSeconds,
    double stepSeconds,
    double otherSeconds,
    double flops,
    double utilisation,
    double replayShare,
    Instant meanTime,
    Instant oldestTime,
    int quarantined) {

  /** Since the step before. */
  double seconds() {
    return dataSeconds + stepSeconds + otherSeconds;
  }
}
