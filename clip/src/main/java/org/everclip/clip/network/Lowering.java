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

  /**
   * The faster one for calls without gradient. oneDNN refuses bfloat16 weights on a processor
   * without AVX-512, where the general operators compute them, if slowly.
   */
  public static Lowering forInference(Device device, Precision precision) {
    return device.isGpu()
            || precision == Precision.BF16 && !ProcessorFeatures.ofThisMachine().packsBfloat16()
        ? GENERAL
        : CPU_INFERENCE;
  }
}
