package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.script.TorchScript;
import org.everclip.clip.weights.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three steps of reinforced training on the filled tiny network against the reference's numbers
 * (losses, gradients, batch statistics, every parameter by its sums, what the network then says).
 * It also guards against wrong gradients of a native library.
 */
class TrainGoldenTest {

  /** About ten times what the reference's numbers move when pixels change by one millionth. */
  private static final double LOSS_TOLERANCE = 3e-4;

  private static final double RELATIVE_TOLERANCE = 3e-5;

  private static final double GRADIENT_TOLERANCE = 1e-4;

  /** After three steps; the reference's move by 7e-6. */
  private static final double EMBEDDING_TOLERANCE = 7e-5;

  /** Nothing is clipped and the first moment is the gradient itself. */
  private static final AdamW SHOWS_GRADIENTS = new AdamW(0, 0.95, 1e-6, 0.2, 1e9, 0.9);

  private final NDManager manager = NDManager.newBaseManager();
  private final Network network =
      Networks.create(Golden.TINY_MOBILECLIP, Precision.FP32, Form.TRAIN);

  @TempDir Path folder;

  @AfterEach
  void freeMemory() {
    manager.close();
  }

  @Test
  void threeStepsAreThoseOfTheReference() throws IOException {
    JsonNode golden = golden();
    try (TrainSession session = session(new AdamW(0.9, 0.95, 1e-6, 0.2, 1.0, 0.9))) {
      Batch batch = batch(golden);

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
          assertRelative(l1(after.parameters()), number(expected, "param_abs_sum"));
          assertRelative(l2(after.parameters()), number(expected, "param_l2"));
          assertThat(sum(after.parameters()))
              .isCloseTo(number(expected, "param_sum"), within(RELATIVE_TOLERANCE * 1000));
          // The reference counts the batches once for each normalization, and so in this sum.
          double counted = session.steps() * batchNorms();
          assertRelative(l1(after.buffers()) + counted, number(expected, "buffer_abs_sum"));
          assertFirstValues(after, expected.path("param_of"));
        }
      }
      assertSays(session, batch, golden.path("eval_after_3_steps"));
    }
  }

  @Test
  void gradientsAreThoseOfTheReference() throws IOException {
    JsonNode golden = golden();
    JsonNode expected = golden.path("steps").path(0);
    try (TrainSession session = session(SHOWS_GRADIENTS)) {
      session.step(batch(golden));

      Map<String, float[]> gradients = gradients(session);
      for (var entry : expected.path("grad_of").properties()) {
        float[] values = gradients.get(entry.getKey());
        double length = l2(values);
        assertThat(length)
            .as(entry.getKey())
            .isCloseTo(number(entry.getValue(), "l2"), withinPart(length));
        assertThat(sum(values))
            .as(entry.getKey())
            .isCloseTo(number(entry.getValue(), "sum"), within(6e-3));
        JsonNode first = entry.getValue().path("first8");
        for (int i = 0; i < first.size(); i++) {
          assertThat((double) values[i])
              .as(entry.getKey())
              .isCloseTo(first.path(i).asDouble(), withinPart(length));
        }
      }
      assertThat(expected.path("grad_of")).hasSize(20);
      assertGroups(gradients, expected.path("grad_norm_by_group"));
    }
  }

  @Test
  void batchStatisticsMoveAsTheReferences() throws IOException {
    JsonNode golden = golden();
    try (TrainSession session = session(AdamW.small())) {
      session.step(batch(golden));

      try (Weights after = session.trainWeights()) {
        for (var entry : golden.path("steps").path(0).path("running_stats").properties()) {
          assertBegins(
              after, entry.getKey() + ".running_mean", entry.getValue().path("mean_first8"));
          assertBegins(after, entry.getKey() + ".running_var", entry.getValue().path("var_first8"));
        }
      }
    }
  }

  @Test
  void asManyParametersDecayAsInTheReference() throws IOException {
    ParameterGroups groups = ParameterGroups.of(network, Objective.reinforced(0.75));

    JsonNode counts = golden().path("adamw");

    assertThat(groups.decayed()).hasSize(counts.path("parameters_with_decay").asInt());
    assertThat(groups.plain()).hasSize(counts.path("parameters_without_decay").asInt());
  }

  private static JsonNode golden() throws IOException {
    return new ObjectMapper()
        .readTree(TrainGoldenTest.class.getResourceAsStream("train_tiny_s0.json"));
  }

  private TrainSession session(AdamW optimizer) {
    try (Weights begin = Weights.of(network, manager, Golden::fill)) {
      TrainSession session =
          TrainSession.create(
              Golden.TINY_MOBILECLIP,
              Precision.FP32,
              Objective.reinforced(0.75).with(optimizer),
              begin,
              manager);
      session.setLearningRate(1e-3);
      return session;
    }
  }

  private Map<String, float[]> gradients(TrainSession session) throws IOException {
    Path file = folder.resolve("state.safetensors");
    session.save(file);
    return Checkpoints.of(file, "first_moment.");
  }

  private long batchNorms() {
    return network.buffers().stream().filter(b -> b.name().endsWith(".running_mean")).count();
  }

  /** Lengths of the gradients of parts of the network, which are told by their names. */
  private static void assertGroups(Map<String, float[]> gradients, JsonNode expected) {
    Map<String, String> parts =
        Map.ofEntries(
            Map.entry("image.stem", "image_encoder.model.patch_embed[.].*"),
            Map.entry("image.network.0", "image_encoder.model.network.0[.].*"),
            Map.entry("image.network.1", "image_encoder.model.network.1[.].*"),
            Map.entry("image.network.2-5", "image_encoder.model.network.[2-5][.].*"),
            Map.entry("image.network.6-7", "image_encoder.model.network.[67][.].*"),
            Map.entry("image.conv_exp", "image_encoder.model.conv_exp[.].*"),
            Map.entry("image.head", "image_encoder.model.head[.].*"),
            Map.entry("text.embedding", "text_encoder.(embedding_layer|positional_embedding)[.].*"),
            Map.entry("text.transformer", "text_encoder.transformer[.].*"),
            Map.entry("text.final", "text_encoder.(final_layer_norm[.].*|projection_layer)"),
            Map.entry("logit_scale", "logit_scale"));
    assertThat(expected).hasSize(parts.size());
    for (var part : parts.entrySet()) {
      double squares = 0;
      for (var gradient : gradients.entrySet()) {
        if (gradient.getKey().matches(part.getValue())) {
          squares += Math.pow(l2(gradient.getValue()), 2);
        }
      }
      double length = number(expected, part.getKey());
      assertThat(Math.sqrt(squares)).as(part.getKey()).isCloseTo(length, withinPart(length));
    }
  }

  private void assertSays(TrainSession session, Batch batch, JsonNode expected) {
    try (Weights after = session.trainWeights();
        NDManager scope = manager.newSubManager()) {
      TorchScript script = TorchScript.load(scope, network.source() + EMBED);
      var lists = List.of(after.parameters(), after.buffers());
      int size = network.imageSize();
      float[] pixels = batch.images().array();
      NDList rows =
          script.call(
              "embed",
              false,
              scope,
              lists,
              scope.create(pixels, new Shape(pixels.length / (3L * size * size), 3, size, size)),
              scope.create(Arrays.copyOf(batch.realIds(), 16), new Shape(1, 16)));

      assertRow(rows.get(0), expected.path("image_embedding_row0"));
      assertRow(rows.get(1), expected.path("text_embedding_row0"));
    }
  }

  private static final String EMBED =
      """
        def embed(self, p: List[Tensor], b: List[Tensor], x: Tensor, ids: Tensor) -> List[Tensor]:
          i = self.image(p, b, x, False)
          t = self.text(p, b, ids, False)
          return [i / torch.linalg_vector_norm(i, 2., [-1], True), t / torch.linalg_vector_norm(t, 2., [-1], True)]
      """;

  private static void assertRow(NDArray rows, JsonNode expected) {
    float[] actual = rows.get(0).toFloatArray();
    assertThat(expected).hasSize(actual.length);
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i])
          .isCloseTo(expected.path(i).asDouble(), within(EMBEDDING_TOLERANCE));
    }
  }

  private static void assertBegins(Weights weights, String name, JsonNode expected) {
    float[] values = weights.get(name).toFloatArray();
    assertThat(expected).isNotEmpty();
    for (int i = 0; i < expected.size(); i++) {
      assertThat((double) values[i])
          .as(name)
          .isCloseTo(expected.path(i).asDouble(), within(2.5e-5));
    }
  }

  private static void assertFirstValues(Weights weights, JsonNode expected) {
    for (var entry : expected.properties()) {
      float[] values = weights.get(entry.getKey()).toFloatArray();
      assertRelative(l2(values), entry.getValue().path("l2").asDouble());
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

  private static double sum(NDList tensors) {
    return tensors.stream().mapToDouble(tensor -> sum(tensor.toFloatArray())).sum();
  }

  private static double sum(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum;
  }

  private static double l1(NDList tensors) {
    return tensors.stream().mapToDouble(tensor -> sum(tensor.abs().toFloatArray())).sum();
  }

  private static double l2(NDList tensors) {
    return Math.sqrt(
        tensors.stream().mapToDouble(tensor -> Math.pow(l2(tensor.toFloatArray()), 2)).sum());
  }

  private static double l2(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  private static Offset<Double> withinPart(double of) {
    return within(GRADIENT_TOLERANCE * of);
  }

  private static double number(JsonNode node, String name) {
    return node.path(name).asDouble();
  }

  private static void assertRelative(double actual, double expected) {
    assertRelative(actual, expected, RELATIVE_TOLERANCE);
  }

  private static void assertRelative(double actual, double expected, double tolerance) {
    assertThat(actual).isCloseTo(expected, within(tolerance * Math.abs(expected)));
  }
}
