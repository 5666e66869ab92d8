package org.everclip.trainer.offline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.TensorSpec;
import org.everclip.clip.weights.Weights;

/** Moves a trained image tower into another model. */
final class ImageTower {

  private ImageTower() {}

  /**
   * Returns new weights: the donor's image tensors where name and shape agree, the others fresh.
   * The caller closes them.
   */
  static Weights transplant(Network network, Weights fresh, Weights donor, NDManager manager) {
    Map<String, NDArray> taken = new HashMap<>();
    Stream.concat(donor.parameterSpecs().stream(), donor.bufferSpecs().stream())
        .map(TensorSpec::name)
        .filter(name -> name.startsWith("visual.") || name.startsWith("image_encoder."))
        .forEach(name -> taken.put(name, donor.get(name)));
    int[] moved = {0};
    Weights weights =
        Weights.of(
            network,
            manager,
            spec -> {
              NDArray found = taken.get(spec.name());
              if (found == null || !found.getShape().equals(new Shape(spec.shape()))) {
                return fresh.get(spec.name()).toFloatArray();
              }
              moved[0]++;
              return found.toFloatArray();
            });
    if (moved[0] == 0) {
      weights.close();
      throw new IllegalArgumentException(
          "No tensor of the given image tower fits '%s'; the two must have the same image tower"
              .formatted(network.name()));
    }
    return weights;
  }
}
