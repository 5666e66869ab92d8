package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.weights.Weights;
import org.junit.jupiter.api.Test;

/**
 * Three steps of reinforced training on the filled tiny network against the reference's numbers
 * (losses, gradient norm, every parameter by its sums). It also guards against wrong gradients of a
 * native library.
 */
class TrainGoldenTest {

  /** About ten times what the reference's numbers move when pixels change by one millionth. */
  private static final double LOSS_TOLERANCE = 3e-4;

  private static final double RELATIVE_TOLERANCE = 3e-5;

  @Test
  void threeStepsAreThoseOfTheReference() throws IOException {
    JsonNode golden =
        new ObjectMapper()
            .readTree(TrainGoldenTest.class.getResourceAsStream("train_tiny_s0.json"));
    var network = Networks.create(Golden.TINY_MOBILECLIP, Precision.FP32, Form.TRAIN);
    Objective objective =
        Objective.reinforced(0.75).with(new AdamW(0.9, 0.95, 1e-6, 0.2, 1.0, 0.9));
    try (NDManager manager = NDManager.newBaseManager();
        Weights begin = Weights.of(network, manager, Golden::fill);
        TrainSession session =
            TrainSession.create(
                Golden.TINY_MOBILECLIP, Precision.FP32, objective, begin, manager)) {
      Batch batch = batch(golden);
      session.setLearningRate(1e-3);

      for (JsonNode expected : golden.path("steps")) {
        StepResult result = session.step(batch);

        assertThat(result.loss()).isCloseTo(number(expected, "loss"), within(LOSS_TOLERANCE));
        assertThat(result.lossClip())
            .isCloseTo(
                number(expected, "contrastive_caption") + number(expected, "contrastive_synthetic"),
                within(LOSS_TOLERANCE));
        assertThat(result.lossDistill())
            .isCloseTo(
                number(expected, "distill_caption") + number(expected, "distill_synthetic"),
                within(LOSS_TOLERANCE));
        assertRelative(result.gradientNorm(), number(expected, "grad_norm_before_clip"), 1e-4);
        try (Weights after = session.trainWeights()) {
          assertRelative(l1(after), number(expected, "param_abs_sum"), RELATIVE_TOLERANCE);
          assertRelative(l2(after), number(expected, "param_l2"), RELATIVE_TOLERANCE);
          assertFirstValues(after, expected.path("param_of"));
        }
      }
    }
  }

  private static void assertFirstValues(Weights weights, JsonNode expected) {
    for (var entry : expected.properties()) {
      float[] values = weights.get(entry.getKey()).toFloatArray();
      for (int i = 0; i < entry.getValue().path("first8").size(); i++) {
        assertThat((double) values[i])
            .as(entry.getKey())
            .isCloseTo(entry.getValue().path("first8").path(i).asDouble(), within(5e-5));
      }
    }
  }

  private static Batch batch(JsonNode golden) {
    List<TeacherBatch> teachers =
        Stream.of(0, 1)
            .map(
                k -> {
                  int dim = golden.path("teacher_dims").path(k).asInt();
                  return new TeacherBatch(
                      dim, 100, unit("image", k, dim), unit("text", k, dim), unit("syn", k, dim));
                })
            .toList();
    return new Batch(
        FloatBuffer.wrap(Golden.images("train.image", 6, 64)),
        ids(golden.path("tokens_caption")),
        ids(golden.path("tokens_synthetic")),
        teachers);
  }

  private static float[] unit(String what, int teacher, int dim) {
    double[] values = Golden.uniform("train.teacher." + what + "." + teacher, 6 * dim);
    float[] rows = new float[values.length];
    for (int row = 0; row < 6; row++) {
      double norm = 0;
      for (int i = 0; i < dim; i++) {
        norm += values[row * dim + i] * values[row * dim + i];
      }
      for (int i = 0; i < dim; i++) {
        rows[row * dim + i] = (float) (values[row * dim + i] / Math.sqrt(norm));
      }
    }
    return rows;
  }

  private static long[] ids(JsonNode rows) {
    long[] ids = new long[6 * 16];
    for (int row = 0; row < 6; row++) {
      for (int i = 0; i < rows.path(row).size(); i++) {
        ids[row * 16 + i] = rows.path(row).path(i).asLong();
      }
    }
    return ids;
  }

  private static double l1(Weights weights) {
    double sum = 0;
    for (NDArray parameter : weights.parameters()) {
      for (float value : parameter.toFloatArray()) {
        sum += Math.abs(value);
      }
    }
    return sum;
  }

  private static double l2(Weights weights) {
    double sum = 0;
    for (NDArray parameter : weights.parameters()) {
      for (float value : parameter.toFloatArray()) {
        sum += (double) value * value;
      }
    }
    return Math.sqrt(sum);
  }

  private static double number(JsonNode node, String name) {
    return node.path(name).asDouble();
  }

  private static void assertRelative(double actual, double expected, double tolerance) {
    assertThat(actual).isCloseTo(expected, within(tolerance * Math.abs(expected)));
  }
}
