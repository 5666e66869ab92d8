package org.everclip.clip.network;

import ai.djl.Device;

/** Which operators a network's text is made of. */
public enum Lowering {
  /** Operators that have a gradient and run on every device. */
  GENERAL,
  /**
   * oneDNN's fused operators on weights packed once: convolution or linear layer with activation,
   * batch norms and layer scales folded into the weights. No gradient; needs prepared weights and a
   * CPU.
   */
  CPU_INFERENCE;

  /** The faster one for calls without gradient. */
  public static Lowering forInference(Device device) {
    return device.isGpu() ? GENERAL : CPU_INFERENCE;
  }
}
