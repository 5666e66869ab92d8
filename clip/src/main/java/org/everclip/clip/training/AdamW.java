package org.everclip.clip.training;

/**
 * How parameters follow gradients; the learning rate is set per step.
 *
 * @param maxGradientNorm the global L2 norm above which gradients are scaled down
 * @param emaDecay what share of the running average of the weights a step keeps; early steps keep
 *     less: min(emaDecay, (1 + step) / (10 + step))
 */
public record AdamW(
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double maxGradientNorm,
    double emaDecay) {

  public AdamW {
    require(beta1 >= 0 && beta1 < 1, "beta1 must be in [0, 1) but is " + beta1);
    require(beta2 >= 0 && beta2 < 1, "beta2 must be in [0, 1) but is " + beta2);
    require(epsilon > 0, "epsilon must be positive but is " + epsilon);
    require(weightDecay >= 0, "weight decay must not be negative but is " + weightDecay);
    require(maxGradientNorm > 0, "the largest gradient norm must be positive");
    require(emaDecay >= 0 && emaDecay < 1, "the EMA decay must be in [0, 1) but is " + emaDecay);
  }

  /** The settings of the small models here. */
  public static AdamW small() {
    return new AdamW(0.9, 0.98, 1e-6, 0.1, 1.0, 0.99);
  }

  /** MobileCLIP's settings (training scripts of the reference), with an average added. */
  public static AdamW mobileClip() {
    return new AdamW(0.9, 0.95, 1e-8, 0.2, 1.0, 0.9995);
  }

  public AdamW withEmaDecay(double decay) {
    return new AdamW(beta1, beta2, epsilon, weightDecay, maxGradientNorm, decay);
  }

  double emaWeight(long step) {
    return 1 - Math.min(emaDecay, (1.0 + step) / (10.0 + step));
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
