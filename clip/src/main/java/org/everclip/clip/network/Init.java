package org.everclip.clip.network;

/** How a tensor begins when a model is trained from scratch. */
public sealed interface Init {

  /** Normal around zero. */
  record Normal(double standardDeviation) implements Init {}

  /** Normal around zero, redrawn outside two standard deviations. */
  record TruncatedNormal(double standardDeviation) implements Init {}

  /** Uniform in [-bound, bound). */
  record Uniform(double bound) implements Init {}

  /** The same value everywhere. */
  record Constant(double value) implements Init {}

  Init ZEROS = new Constant(0);
  Init ONES = new Constant(1);

  /** PyTorch's default for convolutions and linear layers: Kaiming uniform with a = sqrt 5. */
  static Init kaiming(long fanIn) {
    return new Uniform(1 / Math.sqrt(fanIn));
  }
}
