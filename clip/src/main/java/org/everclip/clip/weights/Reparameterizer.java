package org.everclip.clip.weights;

import ai.djl.ndarray.NDManager;
import java.util.HashMap;
import java.util.Map;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Naming;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.network.Role;
import org.everclip.clip.network.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Folds the branches and batch norms of MobileCLIP's blocks into one convolution each, in double
 * arithmetic; reference: architectures, section 5. Used by one thread.
 */
public final class Reparameterizer {

  private final Weights train;
  private final Naming naming;
  private final Map<String, TensorSpec> specs = new HashMap<>();
  private final Map<String, Kernel> folded = new HashMap<>();

  private Reparameterizer(Weights train, Naming naming) {
    this.train = train;
    this.naming = naming;
    train.parameterSpecs().forEach(spec -> specs.put(spec.name(), spec));
    train.bufferSpecs().forEach(spec -> specs.put(spec.name(), spec));
  }

  /** Returns the weights of the reparameterized form; the caller closes them. */
  public static Weights reparameterize(Architecture architecture, Weights train, NDManager parent) {
    var target = Networks.create(architecture, Precision.FP32, Form.REPARAMETERIZED);
    var folding = new Reparameterizer(train, architecture.naming());
    var weights = Weights.of(target, parent, folding::values);
    weights.batchesTracked(train.batchesTracked());
    return weights;
  }

  private float[] values(TensorSpec wanted) {
    if (specs.containsKey(wanted.name())) {
      return train.get(wanted.name()).toFloatArray();
    }
    int dot = wanted.name().lastIndexOf('.');
    var module = wanted.name().substring(0, dot);
    var parent = module.substring(0, module.lastIndexOf('.') + 1);
    var kernel = folded.computeIfAbsent(module, key -> fold(parent));
    return wanted.name().endsWith(".bias") ? kernel.floatBias() : kernel.floatWeight();
  }

  /** Folds the block of that name, which ends with a dot. */
  private Kernel fold(String name) {
    if (has(name + "mixer.", Role.SKIP_BRANCH, ".weight")) {
      var mixer = branches(name + "mixer.", null);
      var norm = branches(name + "norm.", mixer.shape);
      var scale = doubles(name + Role.LAYER_SCALE.in(naming));
      return Kernel.identity(mixer.shape).plus(mixer.minus(norm).scaled(scale));
    }
    if (has(name, Role.LARGE_CONV, ".conv.weight")) {
      return convNorm(name + Role.LARGE_CONV.in(naming) + ".").plus(convNorm(name + "small_conv."));
    }
    if (has(name, Role.POSITION_CONV, ".weight")) {
      var encoding = name + Role.POSITION_CONV.in(naming);
      var shape = shape(encoding + ".weight");
      var kernel = new Kernel(shape, doubles(encoding + ".weight"), doubles(encoding + ".bias"));
      return Kernel.identity(shape).plus(kernel);
    }
    return branches(name, null);
  }

  /** The sum of a MobileOne block's branches; the shape is needed where there is no convolution. */
  private Kernel branches(String name, long @Nullable [] shapeWithoutConvolution) {
    Kernel sum;
    if (has(name, Role.CONV_BRANCH, ".conv.weight")) {
      sum = convNorm(name + Role.CONV_BRANCH.in(naming) + ".");
    } else if (shapeWithoutConvolution != null) {
      sum = Kernel.zeros(shapeWithoutConvolution);
    } else {
      throw new IllegalArgumentException("The train form has no block '" + name + "'");
    }
    if (has(name, Role.SCALE_BRANCH, ".conv.weight")) {
      sum = sum.plus(convNorm(name + Role.SCALE_BRANCH.in(naming) + "."));
    }
    if (has(name, Role.SKIP_BRANCH, ".weight")) {
      var skip = name + Role.SKIP_BRANCH.in(naming) + ".";
      sum = sum.plus(normalized(Kernel.identity(sum.shape), skip));
    }
    return sum;
  }

  private Kernel convNorm(String name) {
    var shape = shape(name + "conv.weight");
    var kernel =
        new Kernel(shape, doubles(name + "conv.weight"), new double[Math.toIntExact(shape[0])]);
    return normalized(kernel, name + "bn.");
  }

  private Kernel normalized(Kernel kernel, String norm) {
    return kernel.normalized(
        doubles(norm + "weight"),
        doubles(norm + "bias"),
        doubles(norm + "running_mean"),
        doubles(norm + "running_var"));
  }

  private boolean has(String block, Role part, String tensor) {
    return specs.containsKey(block + part.in(naming) + tensor);
  }

  private long[] shape(String name) {
    var spec = specs.get(name);
    if (spec == null) {
      throw new IllegalArgumentException("The train form has no tensor '" + name + "'");
    }
    return spec.shape();
  }

  private double[] doubles(String name) {
    float[] values = train.get(name).toFloatArray();
    var wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
