package org.everclip.clip.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * Students and teachers with the losses and gradients that the reference's training code gives for
 * them in float64.
 *
 * @param set the embeddings
 * @param run scales, and what comes out
 */
record LossGolden(JsonNode set, JsonNode run) {

  static List<LossGolden> all() throws IOException {
    List<LossGolden> all = new ArrayList<>();
    JsonNode root = new ObjectMapper().readTree(LossGolden.class.getResourceAsStream("loss.json"));
    for (JsonNode set : root.path("sets")) {
      for (JsonNode run : set.path("runs")) {
        all.add(new LossGolden(set, run));
      }
    }
    return all;
  }

  List<JsonNode> results() {
    return StreamSupport.stream(run.path("results").spliterator(), false).toList();
  }

  /** Rows before normalization. */
  NDArray student(NDManager scope, String what, DataType type) {
    return cast(matrix(scope, set.path("student_raw").path("student_" + what)), type);
  }

  /** Unit rows of each teacher. */
  NDList teachers(NDManager scope, String what, DataType type) {
    NDList teachers = new NDList();
    for (int k = 1; k <= set.path("teachers").asInt(); k++) {
      JsonNode rows = set.path("teacher_unit").path("teacher" + k + "_" + what);
      teachers.add(cast(matrix(scope, rows), type));
    }
    return teachers;
  }

  NDArray teacherScales(NDManager scope, DataType type) {
    JsonNode scales = run.path("teacher_logit_scales");
    return cast(
        scope.create(
            IntStream.range(0, scales.size())
                .mapToDouble(i -> scales.path(i).asDouble())
                .toArray()),
        type);
  }

  double logScale() {
    return run.path("log_logit_scale").asDouble();
  }

  static NDArray unit(NDArray rows) {
    return rows.div(rows.square().sum(new int[] {1}, true).sqrt());
  }

  private static NDArray cast(NDArray values, DataType type) {
    return values.toType(type, true);
  }

  private static NDArray matrix(NDManager scope, JsonNode rows) {
    return scope.create(flat(rows), new Shape(rows.size(), rows.path(0).size()));
  }

  static double[] flat(JsonNode rows) {
    int width = rows.path(0).size();
    return IntStream.range(0, rows.size() * width)
        .mapToDouble(i -> rows.path(i / width).path(i % width).asDouble())
        .toArray();
  }
}
