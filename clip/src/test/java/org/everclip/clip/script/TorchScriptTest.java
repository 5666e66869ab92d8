package org.everclip.clip.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TorchScriptTest {

  /** The path on which another build of the engine computed garbage. */
  private static final String PATH =
      """
        def loss(self, p: List[Tensor], b: List[Tensor], x: Tensor) -> Tensor:
          y = torch.conv2d(x, p[0], None, [1, 1], [1, 1], [1, 1], 1)
          y = torch.batch_norm(y, p[1], p[2], b[0], b[1], True, 0.1, 1e-05, False)
          y = torch.transpose(torch.flatten(torch.gelu(y), 2), 1, 2)
          return torch.mean(torch.matmul(y, p[3]) ** 2)
        def gradients(self, p: List[Tensor], b: List[Tensor], x: Tensor) -> List[Tensor]:
          out = annotate(List[Tensor], [])
          for g in torch.grad([self.loss(p, b, torch.contiguous(x, memory_format=2))], p):
            if g is not None:
              out.append(g)
          return out
      """;

  private static final Shape[] SHAPES = {
    new Shape(6, 3, 3, 3), new Shape(6), new Shape(6), new Shape(6, 4)
  };

  @Test
  void gradientsAgreeWithFiniteDifferences() {
    var random = new Random(5);
    try (var manager = NDManager.newBaseManager()) {
      var script = TorchScript.load(manager, PATH);
      var parameters = new NDList();
      for (var shape : SHAPES) {
        var array = random(manager, random, shape);
        array.setRequiresGradient(true);
        parameters.add(array);
      }
      var buffers = new NDList(manager.zeros(new Shape(6)), manager.ones(new Shape(6)));
      var x = random(manager, random, new Shape(4, 3, 8, 8));

      var gradients = script.call("gradients", true, manager, List.of(parameters, buffers), x);

      assertThat(gradients).hasSize(SHAPES.length);
      for (int i = 0; i < SHAPES.length; i++) {
        var direction = random(manager, random, SHAPES[i]);
        double expected = difference(manager, script, parameters, buffers, x, i, direction);
        double actual = gradients.get(i).mul(direction).sum().getFloat();
        // float32 and a step of 1e-2: three digits.
        assertThat(actual)
            .as("parameter " + i)
            .isCloseTo(expected, within(2e-3 + 2e-2 * Math.abs(expected)));
        assertThat(Math.abs(actual)).isGreaterThan(1e-4);
      }
    }
  }

  @Test
  void changesListArgumentsInPlace() {
    try (var manager = NDManager.newBaseManager()) {
      var script =
          TorchScript.load(
              manager,
              """
                def grow(self, p: List[Tensor], by: Tensor) -> Tensor:
                  torch._foreach_add_(p, float(by))
                  return p[0]
              """);
      var p = new NDList(manager.ones(new Shape(2)));

      script.call("grow", true, manager, List.of(p), manager.create(2f));

      assertThat(p.get(0).toFloatArray()).containsExactly(3, 3);
    }
  }

  @Test
  void leavesNothingBehindInTwoHundredCalls() {
    var random = new Random(6);
    try (var manager = NDManager.newBaseManager()) {
      var script = TorchScript.load(manager, PATH);
      var parameters = new NDList();
      for (var shape : SHAPES) {
        var array = random(manager, random, shape);
        array.setRequiresGradient(true);
        parameters.add(array);
      }
      var buffers = new NDList(manager.zeros(new Shape(6)), manager.ones(new Shape(6)));
      int before = manager.getManagedArrays().size();

      for (int i = 0; i < 200; i++) {
        try (var scope = manager.newSubManager()) {
          var x = random(scope, random, new Shape(2, 3, 8, 8));
          script.call("gradients", true, scope, List.of(parameters, buffers), x);
        }
      }

      assertThat(manager.getManagedArrays()).hasSize(before);
    }
  }

  @Test
  void saysWhichLineDoesNotCompile() {
    try (var manager = NDManager.newBaseManager()) {
      assertThatThrownBy(
              () ->
                  TorchScript.load(
                      manager,
                      "  def f(self, p: List[Tensor]) -> Tensor:\n    return torch.nonsense(p)\n"))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("nonsense");
    }
  }

  private static double difference(
      NDManager manager,
      TorchScript script,
      NDList parameters,
      NDList buffers,
      ai.djl.ndarray.NDArray x,
      int index,
      ai.djl.ndarray.NDArray direction) {
    double step = 1e-2;
    var losses = new double[2];
    for (int side = 0; side < 2; side++) {
      var moved = new NDList(parameters);
      moved.set(index, parameters.get(index).add(direction.mul(side == 0 ? step : -step)));
      losses[side] =
          script
              .call("loss", false, manager, List.of(moved, buffers), x)
              .singletonOrThrow()
              .getFloat();
    }
    return (losses[0] - losses[1]) / (2 * step);
  }

  private static ai.djl.ndarray.NDArray random(NDManager manager, Random random, Shape shape) {
    var values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape).duplicate();
  }
}
