package org.everclip.clip.weights;

import java.util.Arrays;
import org.everclip.clip.network.Init.Constant;
import org.everclip.clip.network.Init.Normal;
import org.everclip.clip.network.Init.TruncatedNormal;
import org.everclip.clip.network.Init.Uniform;
import org.everclip.clip.network.TensorSpec;

/**
 * The beginning values of a tensor, equal on every machine: splitmix64 seeded by the model's seed
 * and the tensor's name, Box-Muller in strict arithmetic.
 */
final class Initializer {

  private static final double TRUNCATION = 2;

  private long state;

  private Initializer(long state) {
    this.state = state;
  }

  static float[] values(TensorSpec spec, long seed) {
    var values = new float[Math.toIntExact(spec.size())];
    if (spec.init() instanceof Constant constant) {
      Arrays.fill(values, (float) constant.value());
      return values;
    }
    var random = new Initializer(mix(seed) ^ hash(spec.name()));
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.draw(spec);
    }
    return values;
  }

  private double draw(TensorSpec spec) {
    if (spec.init() instanceof Normal normal) {
      return normal.standardDeviation() * gaussian();
    }
    if (spec.init() instanceof Uniform uniform) {
      return uniform.bound() * (2 * unit() - 1);
    }
    if (spec.init() instanceof TruncatedNormal truncated) {
      double value = gaussian();
      while (Math.abs(value) > TRUNCATION) {
        value = gaussian();
      }
      return truncated.standardDeviation() * value;
    }
    throw new AssertionError("unhandled " + spec.init());
  }

  private double gaussian() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - unit()));
    return radius * StrictMath.cos(2 * Math.PI * unit());
  }

  /** Uniform in [0, 1). */
  private double unit() {
    state += 0x9e3779b97f4a7c15L;
    return (mix(state) >>> 11) * 0x1p-53;
  }

  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** FNV-1a of the name's characters. */
  private static long hash(String name) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }
}
