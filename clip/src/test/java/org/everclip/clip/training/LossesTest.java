package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The reference training code's losses, computed by it in float64. */
class LossesTest {

  private static final double DOUBLE_TOLERANCE = 1e-9;
  private static final double FLOAT_TOLERANCE = 1e-5;

  @Test
  void agreesWithTheReferenceInDoublePrecision() throws IOException {
    compare(DataType.FLOAT64, DOUBLE_TOLERANCE);
  }

  @Test
  void agreesWithTheReferenceInSinglePrecision() throws IOException {
    compare(DataType.FLOAT32, FLOAT_TOLERANCE);
  }

  private static void compare(DataType type, double tolerance) throws IOException {
    JsonNode goldens =
        new ObjectMapper().readTree(LossesTest.class.getResourceAsStream("loss.json"));
    int compared = 0;
    try (NDManager manager = NDManager.newBaseManager()) {
      Losses losses = Losses.load(manager);
      for (JsonNode set : goldens.path("sets")) {
        for (JsonNode run : set.path("runs")) {
          for (String captions : List.of("text", "syn_text")) {
            comparePart(manager, losses, set, run, captions, type, tolerance);
            compared++;
          }
        }
      }
    }
    assertThat(compared).isEqualTo(16);
  }

  private static void comparePart(
      NDManager manager,
      Losses losses,
      JsonNode set,
      JsonNode run,
      String captions,
      DataType type,
      double tolerance) {
    try (NDManager scope = manager.newSubManager()) {
      JsonNode expected = run.path("parts").path(captions);
      JsonNode teachers = set.path("teacher_unit");
      List<NDArray> teacherImages = teachers(scope, teachers, "image", type);
      List<NDArray> teacherCaptions = teachers(scope, teachers, captions, type);
      NDArray scales = row(scope, run.path("teacher_logit_scales")).toType(type, true);
      double scale = Math.exp(run.path("log_logit_scale").asDouble());

      Losses.Pair pair =
          losses.measure(
              unit(matrix(scope, set.path("student_raw").path("student_image"))).toType(type, true),
              unit(matrix(scope, set.path("student_raw").path("student_" + captions)))
                  .toType(type, true),
              scope.create(scale).toType(type, true),
              teacherImages,
              teacherCaptions,
              scales);

      assertClose(pair.clip(), expected.path("clip"), tolerance);
      assertClose(pair.imageToText(), expected.path("i2t").path("cross_entropy"), tolerance);
      assertClose(pair.textToImage(), expected.path("t2i").path("cross_entropy"), tolerance);
      assertClose(pair.distill(), expected.path("distill_cross_entropy"), tolerance);
    }
  }

  private static void assertClose(double actual, JsonNode expected, double relativeTolerance) {
    double value = expected.asDouble();
    assertThat(actual).isCloseTo(value, within(relativeTolerance * Math.max(1, value)));
  }

  private static List<NDArray> teachers(
      NDManager scope, JsonNode teachers, String what, DataType type) {
    return IntStream.rangeClosed(1, 2)
        .mapToObj(k -> matrix(scope, teachers.path("teacher" + k + "_" + what)).toType(type, true))
        .toList();
  }

  private static NDArray unit(NDArray rows) {
    return rows.div(rows.square().sum(new int[] {1}, true).sqrt());
  }

  private static NDArray matrix(NDManager scope, JsonNode rows) {
    int width = rows.path(0).size();
    double[] values = new double[rows.size() * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = rows.path(i / width).path(i % width).asDouble();
    }
    return scope.create(values, new Shape(rows.size(), width));
  }

  private static NDArray row(NDManager scope, JsonNode values) {
    return scope.create(
        IntStream.range(0, values.size()).mapToDouble(i -> values.path(i).asDouble()).toArray());
  }
}
