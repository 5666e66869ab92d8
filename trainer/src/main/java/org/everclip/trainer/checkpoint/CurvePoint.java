package org.everclip.trainer.checkpoint;

/**
 * A step in a round's curve, as it goes into the version: only what depends on weights and batches.
 *
 * @param step counted from 1 over all rounds
 * @param loss what was minimised
 * @param lossClip the contrastive part
 * @param lossDistill the distillation part
 */
public record CurvePoint(
    long step,
    double loss,
    double lossClip,
    double lossDistill,
    double gradientNorm,
    double logitScale,
    double learningRate) {}
