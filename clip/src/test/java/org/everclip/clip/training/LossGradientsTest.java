package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.everclip.clip.script.TorchScript;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The gradients of Eq. 2 and 3 with respect to the student's rows, before and after normalization,
 * and its logit scale: the reference training code's, in float64.
 */
class LossGradientsTest {

  /** Arguments: raw rows and log scale as leaves, teachers' rows, weights of both parts. */
  private static final String GRADIENTS =
      """
        def gradients(self, p: List[Tensor], ti: List[Tensor], tr: List[Tensor], ts: List[Tensor], scales: Tensor, w: Tensor) -> List[Tensor]:
          u = self.unit(p[1])
          r = self.unit(p[2])
          y = self.unit(p[3])
          zr = self.logits(torch.exp(p[0]), u, r)
          zy = self.logits(torch.exp(p[0]), u, y)
          clip = self.contrastive(zr) + self.contrastive(zy) * float(w[2])
          other = self.%1$s(scales, ti, tr, zr) + self.%1$s(scales, ti, ts, zy) * float(w[2])
          loss = clip * float(w[0]) + other * float(w[1])
          out = [torch.detach(loss)]
          for g in torch.grad([loss], [p[0], u, r, y, p[1], p[2], p[3]]):
            if g is not None:
              out.append(g)
          return out
      """;

  private static final List<String> ROWS = List.of("image", "text", "syn_text");

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void freeMemory() {
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({"FLOAT64, 1e-9", "FLOAT32, 1e-4"})
  void areTheReferences(DataType type, double tolerance) throws IOException {
    TorchScript script = script("distill");
    int compared = 0;
    for (LossGolden golden : LossGolden.all()) {
      for (JsonNode expected : golden.results()) {
        try (NDManager scope = manager.newSubManager()) {
          NDList actual = gradients(scope, golden, expected, script, type);

          assertThat(actual).hasSize(8);
          assertClose(actual.get(0), expected.path("total"), tolerance);
          assertClose(actual.get(1), expected.path("grad_log_logit_scale"), tolerance);
          for (int i = 0; i < ROWS.size(); i++) {
            String name = "student_" + ROWS.get(i);
            if (expected.path("grad_raw").has(name)) {
              assertClose(
                  actual.get(2 + i), expected.path("grad_normalized").path(name), tolerance);
              assertClose(actual.get(5 + i), expected.path("grad_raw").path(name), tolerance);
              compared++;
            }
          }
        }
      }
    }
    assertThat(compared).isEqualTo(44);
  }

  /** The two forms differ by the teachers' entropy, which no student changes. */
  @ParameterizedTest
  @ValueSource(doubles = {0.7, 1})
  void doNotDependOnTheFormOfDistillation(double lambda) throws IOException {
    TorchScript crossEntropy = script("distill");
    TorchScript divergence = script("distill_divergence");
    int compared = 0;
    for (LossGolden golden : LossGolden.all()) {
      for (JsonNode result : golden.results()) {
        if (result.path("lambda").asDouble() == lambda) {
          try (NDManager scope = manager.newSubManager()) {
            NDList one = gradients(scope, golden, result, crossEntropy, DataType.FLOAT64);
            NDList other = gradients(scope, golden, result, divergence, DataType.FLOAT64);

            assertThat(other.get(0).getDouble()).isLessThan(one.get(0).getDouble() - 0.1);
            for (int i = 1; i < one.size(); i++) {
              assertThat(other.get(i).toDoubleArray())
                  .containsExactly(one.get(i).toDoubleArray(), Offset.offset(1e-12));
            }
          }
          compared++;
        }
      }
    }
    assertThat(compared).isEqualTo(16);
  }

  /** Pairs that cannot be told apart have the loss ln B and teach nothing. */
  @Test
  void vanishWhereThereIsNothingToLearn() {
    TorchScript script =
        TorchScript.load(
            manager,
            LossSource.METHODS.indent(2)
                + """
                      def same(self, p: List[Tensor]) -> List[Tensor]:
                        loss = self.contrastive(self.logits(torch.exp(p[0]), self.unit(p[1]), self.unit(p[2])))
                        out = [torch.detach(loss)]
                        for g in torch.grad([loss], p):
                          if g is not None:
                            out.append(g)
                        return out
                    """);
    NDArray rows = manager.ones(new Shape(5, 3), DataType.FLOAT64);
    NDList leaves = leaves(manager.create(2.0), rows, rows.duplicate());

    NDList actual = script.call("same", true, manager, List.of(leaves));

    assertThat(actual.get(0).getDouble()).isEqualTo(Math.log(5), Offset.offset(1e-12));
    for (NDArray gradient : actual.subNDList(1)) {
      assertThat(gradient.toDoubleArray())
          .containsExactly(new double[(int) gradient.size()], Offset.offset(1e-12));
    }
  }

  private TorchScript script(String distill) {
    return TorchScript.load(manager, LossSource.METHODS.indent(2) + GRADIENTS.formatted(distill));
  }

  private static NDList gradients(
      NDManager scope, LossGolden golden, JsonNode result, TorchScript script, DataType type) {
    double lambda = result.path("lambda").asDouble();
    double synthetic = result.path("synthetic_batch").asBoolean() ? 1 : 0;
    NDList leaves =
        leaves(
            scope.create(golden.logScale()).toType(type, true),
            golden.student(scope, "image", type),
            golden.student(scope, "text", type),
            golden.student(scope, "syn_text", type));
    List<NDList> lists = new ArrayList<>(List.of(leaves));
    for (String what : ROWS) {
      lists.add(golden.teachers(scope, what, type));
    }
    return script.call(
        "gradients",
        true,
        scope,
        lists,
        golden.teacherScales(scope, type),
        scope.create(new double[] {1 - lambda, lambda, synthetic}));
  }

  private static NDList leaves(NDArray... values) {
    for (NDArray value : values) {
      value.setRequiresGradient(true);
    }
    return new NDList(values);
  }

  /** Relative to the largest of the values; what is nearly zero is a difference of larger ones. */
  private static void assertClose(NDArray actual, JsonNode expected, double tolerance) {
    double[] values =
        expected.isArray() ? LossGolden.flat(expected) : new double[] {expected.asDouble()};
    double largest = 0.1;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(actual.toType(DataType.FLOAT64, true).toDoubleArray())
        .containsExactly(values, Offset.offset(tolerance * largest));
  }
}
