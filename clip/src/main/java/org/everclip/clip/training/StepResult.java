package org.everclip.clip.training;

/**
 * What a step measured, before its update.
 *
 * @param loss what was minimised
 * @param lossClip the contrastive part, summed over the caption sets
 * @param lossDistill the distillation part, or the caption loss of a captioner; 0 where there is
 *     none
 * @param lossCompatibility the compatibility term before its weight; 0 where the batch brings no
 *     parent
 * @param gradientNorm before clipping
 * @param logitScale after the step
 * @param finite whether the gradient was finite; if not, nothing was changed
 */
public record StepResult(
    double loss,
    double lossClip,
    double lossDistill,
    double lossCompatibility,
    double gradientNorm,
    double logitScale,
    boolean finite) {}
