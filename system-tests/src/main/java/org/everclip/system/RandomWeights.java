package org.everclip.system;

import ai.djl.ndarray.NDManager;
import java.util.Random;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.network.TensorSpec;
import org.everclip.clip.weights.Weights;

/**
 * Weights under which every block counts: layer scales, running statistics and biases are far from
 * where training begins, and signals neither vanish nor grow.
 */
final class RandomWeights {

  private RandomWeights() {}

  /** Returns weights in the form that trains; the caller closes them. */
  static Weights of(Architecture architecture, NDManager parent, long seed) {
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    return Weights.of(network, parent, spec -> values(spec, seed));
  }

  private static float[] values(TensorSpec spec, long seed) {
    float[] values = new float[Math.toIntExact(spec.size())];
    Random random = new Random(seed * 31 + spec.name().hashCode());
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) value(spec, 2 * random.nextDouble() - 1);
    }
    return values;
  }

  private static double value(TensorSpec spec, double u) {
    String name = spec.name();
    String last = name.substring(name.lastIndexOf('.') + 1);
    if (name.equals("logit_scale")) {
      return Math.log(1 / 0.07);
    }
    if (last.equals("running_var")) {
      return 1 + 0.2 * Math.abs(u);
    }
    if (last.startsWith("layer_scale") || last.equals("gamma")) {
      return 0.1 + 0.05 * u;
    }
    if (spec.shape().length < 2) {
      return last.equals("weight") ? 1 + 0.1 * u : 0.1 * u;
    }
    if (name.contains("embed") && !name.contains("patch_embed")) {
      return 0.3 * u;
    }
    long fanIn = spec.size() / spec.shape()[0];
    return Math.sqrt(3.0 / fanIn) * u;
  }
}
