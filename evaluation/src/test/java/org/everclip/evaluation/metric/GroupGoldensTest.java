package org.everclip.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.everclip.evaluation.Goldens.assertMetrics;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.everclip.evaluation.Goldens;
import org.everclip.evaluation.metric.FaceScores.Face;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** WILDS, Dollar Street, GeoDE and FairFace against what their evaluators printed. */
class GroupGoldensTest {

  private static final double DIGITS = 1e-15;

  static Stream<JsonNode> groups() throws IOException {
    return Goldens.cases("groups.json");
  }

  @ParameterizedTest
  @MethodSource("groups")
  void equalsTheReference(JsonNode golden) {
    assertMetrics(metrics(golden).values(), golden.path("results"), DIGITS);
  }

  private static Metrics metrics(JsonNode golden) {
    String name = golden.path("name").asText();
    if (name.startsWith("fairface")) {
      return faces(golden);
    }
    if (name.startsWith("iwildcam")) {
      var macro = new MacroScores(200);
      var all = new GroupAccuracy("acc", "all", "acc_wg");
      for (int i = 0; i < golden.path("y_true").size(); i++) {
        int target = golden.path("y_true").path(i).asInt();
        int predicted = golden.path("y_pred").path(i).asInt();
        macro.add(predicted, target);
        all.add(predicted == target, 0);
      }
      return new Metrics.Builder().putAll(all.metrics()).putAll(macro.metrics()).build();
    }
    if (name.startsWith("fmow")) {
      return new Metrics.Builder()
          .putAll(grouped(golden, new GroupAccuracy("acc", "year", "acc_worst_year"), "year"))
          .putAll(grouped(golden, new GroupAccuracy("acc", "region", "acc_worst_region"), "region"))
          .build();
    }
    if (name.startsWith("dollar_street")) {
      var groups = new GroupAccuracy("acc_top5", "income_ds", "acc_top5_wg");
      return grouped(golden, groups, "income_ds");
    }
    String field = name.startsWith("camelyon17") ? "slide" : "region";
    return grouped(golden, new GroupAccuracy("acc", field, "acc_wg"), field);
  }

  private static Metrics grouped(JsonNode golden, GroupAccuracy groups, String field) {
    List<String> fields =
        Goldens.elements(golden.path("metadata_fields")).map(JsonNode::asText).toList();
    for (int i = 0; i < golden.path("y_true").size(); i++) {
      int target = golden.path("y_true").path(i).asInt();
      JsonNode predicted = golden.path("y_pred").path(i);
      boolean hit =
          predicted.isArray()
              ? Goldens.elements(predicted).anyMatch(p -> p.asInt() == target)
              : predicted.asInt() == target;
      groups.add(hit, golden.path("metadata").path(i).path(fields.indexOf(field)).asLong());
    }
    return groups.metrics();
  }

  private static Metrics faces(JsonNode golden) {
    var scores = new FaceScores();
    for (int i = 0; i < golden.path("y_pred").size(); i++) {
      int[] predicted =
          Goldens.elements(golden.path("y_pred").path(i)).mapToInt(JsonNode::asInt).toArray();
      long[] row =
          Goldens.elements(golden.path("metadata").path(i)).mapToLong(JsonNode::asLong).toArray();
      scores.add(
          new FaceScores.Predicted(predicted[0], predicted[1], predicted[2], predicted[3]),
          Face.of(row));
    }
    assertThat(golden.path("y_pred")).isNotEmpty();
    return scores.metrics();
  }
}
