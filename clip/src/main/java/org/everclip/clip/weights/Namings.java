package org.everclip.clip.weights;

import ai.djl.ndarray.NDManager;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Naming;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.network.Role;
import org.everclip.clip.network.TensorSpec;

/**
 * Carries the weights of a MobileCLIP network from one naming to the other. Equal networks register
 * their tensors in the same order, so names follow from positions; the image head is transposed and
 * gains or loses a bias of zeros, position tables keep their values in another shape. Reference:
 * architectures, section 4.
 */
public final class Namings {

  private static final double TIMM_EPSILON = 1e-6;

  private Namings() {}

  /**
   * Returns the same weights for {@code to}, in the form they have (train or reparameterized); the
   * caller closes them.
   *
   * @throws IllegalArgumentException if {@code to} would compute something else or cannot hold
   *     these weights; the message says what differs
   */
  public static Weights convert(
      Architecture from, Weights weights, Architecture to, NDManager parent) {
    requireEqualNetworks(from, to);
    var form = form(from, weights);
    if (from.naming() == to.naming()) {
      return weights.duplicate(parent);
    }
    if (to.naming() == Naming.OPEN_CLIP) {
      openClipRefusal(to)
          .ifPresent(
              reason -> {
                throw new IllegalArgumentException(reason);
              });
    }
    return rename(from, weights, to, form, parent);
  }

  /** Why open_clip would not compute what a model of these sizes computes, if so. */
  public static Optional<String> openClipRefusal(Architecture architecture) {
    if (architecture.text().mixerBlocks()) {
      return Optional.of(
          "'%s' has a text tower with convolutional blocks (MCt), which open_clip does not have"
              .formatted(architecture.name()));
    }
    var vit = architecture.hybridVit();
    if (vit != null && (vit.stemPadding() != 0 || vit.normEpsilon() != TIMM_EPSILON)) {
      return Optional.of(
          ("'%s' has stemPadding %d and normEpsilon %s, but open_clip computes this tower with 0 and"
                  + " %s: with equal weights embeddings differ by about 5e-3; keep the naming"
                  + " ORIGINAL, or train further with open_clip's settings")
              .formatted(architecture.name(), vit.stemPadding(), vit.normEpsilon(), TIMM_EPSILON));
    }
    return Optional.empty();
  }

  /** Converts between different namings without asking whether both networks compute the same. */
  static Weights rename(
      Architecture from, Weights weights, Architecture to, Form form, NDManager parent) {
    var target = Networks.create(to, Precision.FP32, form);
    var head = from.fastVit() != null ? Role.HEAD : Role.CLASSIFIER;
    var bias = head.in(Naming.OPEN_CLIP) + ".bias";
    var matrix =
        to.naming() == Naming.ORIGINAL
            ? head.in(Naming.ORIGINAL)
            : head.in(Naming.OPEN_CLIP) + ".weight";
    if (from.naming() == Naming.OPEN_CLIP) {
      requireZero(weights, bias, to);
    }
    var names = new HashMap<String, String>();
    pair(weights.parameterSpecs(), target.parameters(), bias, names);
    pair(weights.bufferSpecs(), target.buffers(), bias, names);
    var renamed =
        Weights.of(
            target,
            parent,
            spec -> {
              if (spec.name().equals(bias)) {
                return new float[Math.toIntExact(spec.size())];
              }
              var values =
                  weights.get(Objects.requireNonNull(names.get(spec.name()))).toFloatArray();
              return spec.name().equals(matrix) ? transposed(values, spec) : values;
            });
    renamed.batchesTracked(weights.batchesTracked());
    return renamed;
  }

  private static void requireEqualNetworks(Architecture from, Architecture to) {
    var both = "'" + from.name() + "' and '" + to.name() + "' are not the same network: ";
    if (from.text().mixerBlocks() != to.text().mixerBlocks()) {
      throw new IllegalArgumentException(
          both
              + "only one of them has a text tower with convolutional blocks (MCt), which has no"
              + " form in open_clip's naming");
    }
    var first = from.hybridVit();
    var second = to.hybridVit();
    if (first != null
        && second != null
        && (first.stemPadding() != second.stemPadding()
            || first.normEpsilon() != second.normEpsilon())) {
      throw new IllegalArgumentException(
          both
              + "stemPadding %d and normEpsilon %s differ from %d and %s; with equal weights embeddings would differ by about 5e-3"
                  .formatted(
                      first.stemPadding(),
                      first.normEpsilon(),
                      second.stemPadding(),
                      second.normEpsilon()));
    }
    if (from.family() != to.family()
        || !from.withName(to.name()).withNaming(to.naming()).equals(to)) {
      throw new IllegalArgumentException(both + "their sizes or settings differ");
    }
  }

  private static Form form(Architecture architecture, Weights weights) {
    for (var form : Form.values()) {
      if ((form == Form.TRAIN || Networks.canBeReparameterized(architecture))
          && Networks.create(architecture, Precision.FP32, form)
              .parameters()
              .equals(weights.parameterSpecs())) {
        return form;
      }
    }
    throw new IllegalArgumentException(
        "The weights are not of the network '" + architecture.name() + "'");
  }

  /** Maps each name of the target to the name at the same place of the source. */
  private static void pair(
      List<TensorSpec> source, List<TensorSpec> target, String bias, Map<String, String> names) {
    var from = source.stream().filter(spec -> !spec.name().equals(bias)).toList();
    var to = target.stream().filter(spec -> !spec.name().equals(bias)).toList();
    if (from.size() != to.size()) {
      throw new IllegalStateException(
          "Expected " + to.size() + " tensors but found " + from.size() + " in the other naming");
    }
    for (int i = 0; i < to.size(); i++) {
      names.put(to.get(i).name(), from.get(i).name());
    }
  }

  private static void requireZero(Weights weights, String bias, Architecture to) {
    for (float value : weights.get(bias).toFloatArray()) {
      if (value != 0) {
        throw new IllegalArgumentException(
            "%s holds values such as %s, but the head of '%s' has no bias in the naming ORIGINAL; keep the naming OPEN_CLIP"
                .formatted(bias, value, to.name()));
      }
    }
  }

  /** A matrix of the wanted shape from its transpose. */
  private static float[] transposed(float[] values, TensorSpec wanted) {
    int rows = (int) wanted.shape()[0];
    int columns = (int) wanted.shape()[1];
    var result = new float[values.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        result[row * columns + column] = values[column * rows + row];
      }
    }
    return result;
  }
}
