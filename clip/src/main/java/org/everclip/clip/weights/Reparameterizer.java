package org.everclip.clip.weights;

import ai.djl.ndarray.NDManager;
import java.util.HashMap;
import java.util.Map;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.network.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Folds the branches and batch norms of MobileCLIP's blocks into one convolution each, in double
 * arithmetic; reference: architectures, section 5. Used by one thread.
 */
public final class Reparameterizer {

  private final Weights train;
  private final Map<String, TensorSpec> specs = new HashMap<>();
  private final Map<String, Kernel> folded = new HashMap<>();

  private Reparameterizer(Weights train) {
    this.train = train;
    train.parameterSpecs().forEach(spec -> specs.put(spec.name(), spec));
    train.bufferSpecs().forEach(spec -> specs.put(spec.name(), spec));
  }

  /** Returns the weights of the reparameterized form; the caller closes them. */
  public static Weights reparameterize(Architecture architecture, Weights train, NDManager parent) {
    var target = Networks.create(architecture, Precision.FP32, Form.REPARAMETERIZED);
    var folding = new Reparameterizer(train);
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

  private Kernel fold(String name) {
    if (specs.containsKey(name + "mixer.rbr_skip.weight")) {
      var mixer = branches(name + "mixer.", null);
      var norm = branches(name + "norm.", mixer.shape);
      var scale = doubles(name + "layer_scale");
      return Kernel.identity(mixer.shape).plus(mixer.minus(norm).scaled(scale));
    }
    if (specs.containsKey(name + "lkb_origin.conv.weight")) {
      return convNorm(name + "lkb_origin.").plus(convNorm(name + "small_conv."));
    }
    if (specs.containsKey(name + "pe.weight")) {
      var shape = shape(name + "pe.weight");
      var kernel = new Kernel(shape, doubles(name + "pe.weight"), doubles(name + "pe.bias"));
      return Kernel.identity(shape).plus(kernel);
    }
    return branches(name, null);
  }

  /** The sum of a MobileOne block's branches; the shape is needed where there is no convolution. */
  private Kernel branches(String name, long @Nullable [] shapeWithoutConvolution) {
    Kernel sum;
    if (specs.containsKey(name + "rbr_conv.0.conv.weight")) {
      sum = convNorm(name + "rbr_conv.0.");
    } else if (shapeWithoutConvolution != null) {
      sum = Kernel.zeros(shapeWithoutConvolution);
    } else {
      throw new IllegalArgumentException("The train form has no block '" + name + "'");
    }
    if (specs.containsKey(name + "rbr_scale.conv.weight")) {
      sum = sum.plus(convNorm(name + "rbr_scale."));
    }
    if (specs.containsKey(name + "rbr_skip.weight")) {
      sum = sum.plus(normalized(Kernel.identity(sum.shape), name + "rbr_skip."));
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
