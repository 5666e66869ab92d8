package org.everclip.trainer;

import org.everclip.clip.training.StepResult;

/**
 * One step as the curves show it.
 *
 * @param step counted from 1 over all rounds
 * @param dataSeconds waited for the batch
 * @param stepSeconds spent in the step
 */
record StepReport(
    int round,
    long step,
    StepResult result,
    double learningRate,
    int samples,
    double dataSeconds,
    double stepSeconds,
    double replayShare,
    int quarantined) {}
