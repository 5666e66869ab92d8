package org.everclip.clip.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.weights.Dtype;
import org.everclip.formats.weights.SafetensorsWriter;
import org.everclip.formats.weights.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What goes wrong silently, or ends the process, in the native library: reference, DJL, section 9.
 * Freed memory, steps that are optimised away, clipping and state have tests where they matter.
 */
class NativeTrapsTest {

  private static final String METHODS =
      """
        def twice(self, p: List[Tensor], x: Tensor) -> Tensor:
          return p[0] * x * 2
        def slope(self, p: List[Tensor], x: Tensor) -> List[Tensor]:
          out = annotate(List[Tensor], [])
          for g in torch.grad([torch.sum(p[0] * x * x)], p):
            if g is not None:
              out.append(g)
          return out
      """;

  private final NDManager manager = NDManager.newBaseManager();
  private final TorchScript script = TorchScript.load(manager, METHODS);

  @AfterEach
  void freeMemory() {
    manager.close();
  }

  /** Types that DJL does not map end the process; they are widened before they get there. */
  @Test
  void halfPrecisionFilesAreWidenedBeforeTheyReachTheNativeLibrary(@TempDir Path folder)
      throws Exception {
    var architecture = Golden.architecture("open_clip_tiny_clip");
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    var tensors =
        network.parameters().stream()
            .map(spec -> new Tensor(spec.name(), spec.shape(), Golden.fill(spec)))
            .toList();
    for (var type : List.of(Dtype.F16, Dtype.BF16)) {
      var file = folder.resolve(type + ".safetensors");
      SafetensorsWriter.write(file, tensors, Map.of(), type);

      try (var weights = Weights.load(file, network, manager)) {
        var spec = network.parameters().get(1);
        var exact = Golden.fill(spec);
        var actual = weights.get(spec.name()).toFloatArray();
        for (int i = 0; i < exact.length; i++) {
          assertThat(Math.abs(actual[i] - exact[i]))
              .isLessThanOrEqualTo(Math.abs(exact[i]) / 256 + 1e-7f);
        }
      }
    }
  }

  /** Gradient mode belongs to a thread, and differs between the first one and new ones. */
  @Test
  void everyThreadHasGradientsWhenItTrains() throws Exception {
    Callable<Float> slope =
        () -> {
          try (var scope = manager.newSubManager()) {
            call("twice", false, scope, leaf(3), manager.create(5f));
            return call("slope", true, scope, leaf(3), manager.create(5f)).getFloat();
          }
        };
    assertThat(slope.call()).isEqualTo(25);

    var other = Executors.newSingleThreadExecutor();
    try {
      assertThat(other.submit(slope).get()).isEqualTo(25);
    } finally {
      other.shutdown();
    }
  }

  @Test
  void whatWasInferredTakesPartInTrainingOnceDuplicated() {
    try (var scope = manager.newSubManager()) {
      var inferred = call("twice", false, scope, leaf(3), manager.create(1f));

      assertThatThrownBy(() -> call("slope", true, scope, leaf(2), inferred))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("Inference tensors");
      assertThat(call("slope", true, scope, leaf(2), inferred.duplicate()).getFloat())
          .isEqualTo(36);
    }
  }

  /** The library attaches results to the manager of its first argument. */
  @Test
  void resultsBelongToTheScopeOfTheCall() {
    var parameters = leaf(3);
    var x = manager.create(5f);
    NDArray result;
    try (var scope = manager.newSubManager()) {
      result = call("twice", false, scope, parameters, x);

      assertThat(result.getManager()).isSameAs(scope);
    }
    assertThat(result.isReleased()).isTrue();
    assertThat(parameters.get(0).isReleased()).isFalse();
  }

  private NDArray call(
      String method, boolean training, NDManager scope, NDList parameters, NDArray x) {
    return script.call(method, training, scope, List.of(parameters), x).get(0);
  }

  private NDList leaf(float value) {
    var leaf = manager.full(new Shape(1), value);
    leaf.setRequiresGradient(true);
    return new NDList(leaf);
  }
}
