package org.everclip.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.everclip.evaluation.Goldens.assertMetrics;
import static org.everclip.evaluation.Goldens.elements;
import static org.everclip.evaluation.Goldens.row;
import static org.everclip.evaluation.Goldens.unit;
import static org.everclip.evaluation.Goldens.unitRows;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.everclip.evaluation.Goldens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The metrics against values that the reference printed; ties by ascending index. */
class MetricGoldensTest {

  /** All printed digits. */
  private static final double DIGITS = 1e-15;

  /** Where the reference sums float32 in an order of its own. */
  private static final double FLOAT = 1e-6;

  static Stream<JsonNode> classification() throws IOException {
    return Goldens.cases("classification.json");
  }

  static Stream<JsonNode> ties() throws IOException {
    return elements(Goldens.file("topk-ties.json").path("formula_cases"));
  }

  static Stream<JsonNode> retrieval() throws IOException {
    return Goldens.cases("retrieval.json");
  }

  static Stream<JsonNode> multilabel() throws IOException {
    return Goldens.cases("multilabel_ap.json");
  }

  static Stream<JsonNode> winogavil() throws IOException {
    return Goldens.cases("winogavil.json");
  }

  @ParameterizedTest
  @MethodSource("classification")
  void classificationEqualsTheReference(JsonNode golden) {
    int classes = golden.path("num_classes").asInt();
    var counts = new Classification(classes, classes);
    for (int i = 0; i < golden.path("target").size(); i++) {
      int label = golden.path("target").path(i).asInt();
      Ranking ranking = Ranking.of(row(golden.path("logits").path(i)), label);
      assertThat(ranking.predicted()).isEqualTo(golden.path("argmax").path(i).asInt());
      counts.add(ranking, label);
    }

    var metrics = counts.metrics().values();

    assertMetrics(metrics, golden.path("lowest_index_rule"), DIGITS);
    assertThat(metrics.get("mean_per_class_recall"))
        .isCloseTo(golden.path("mean_per_class_recall").asDouble(), within(DIGITS));
    assertThat(metrics.containsKey("acc5")).isEqualTo(!golden.path("acc5").isNull());
  }

  @ParameterizedTest
  @MethodSource("ties")
  void equalLogitsRankByAscendingClass(JsonNode golden) {
    int classes = golden.path("classes").asInt();
    int a = golden.path("column_a").asInt();
    int b = golden.path("column_b").asInt();
    var counts = new Classification(classes, classes);
    for (int i = 0; i < golden.path("rows").asInt(); i++) {
      float[] logits = new float[classes];
      for (int c = 0; c < classes; c++) {
        logits[c] = (float) (((i * 7919L + c * 104729L) % 10007) / 100.0);
      }
      logits[a] = 200 + i;
      logits[b] = 200 + i;
      int label = golden.path("target").path(i).asInt();
      Ranking ranking = Ranking.of(logits, label);
      assertThat(ranking.predicted()).isEqualTo(golden.path("argmax").path(i).asInt());
      assertThat(ranking.margin()).isZero();
      counts.add(ranking, label);
    }
    assertThat(counts.metrics().values().get("mean_per_class_recall"))
        .isCloseTo(golden.path("mean_per_class_recall").asDouble(), within(DIGITS));
  }

  @ParameterizedTest
  @MethodSource("retrieval")
  void retrievalEqualsTheReference(JsonNode golden) {
    float[][] images = unitRows(golden.path("image_embeddings"));
    var captions = new ArrayList<float[]>();
    var owners = new ArrayList<Integer>();
    for (int i = 0; i < images.length; i++) {
      for (JsonNode caption : golden.path("caption_embeddings").path(i)) {
        captions.add(unit(row(caption)));
        owners.add(i);
      }
    }

    var metrics =
        Retrieval.of(
                images,
                captions.toArray(float[][]::new),
                owners.stream().mapToInt(Integer::intValue).toArray())
            .metrics()
            .values();

    assertMetrics(metrics, golden.path("metrics"), DIGITS);
  }

  @ParameterizedTest
  @MethodSource("multilabel")
  void averagePrecisionEqualsTheReference(JsonNode golden) {
    var precision = new AveragePrecision();
    for (int i = 0; i < golden.path("scores").size(); i++) {
      float[] tags = row(golden.path("targets").path(i));
      boolean[] present = new boolean[tags.length];
      for (int c = 0; c < tags.length; c++) {
        present[c] = tags[c] > 0;
      }
      precision.add(row(golden.path("scores").path(i)), present);
    }
    for (int c = 0; c < golden.path("ap_per_class").size(); c++) {
      assertThat((double) precision.of(c))
          .isCloseTo(golden.path("ap_per_class").path(c).asDouble(), within(FLOAT));
    }
    assertThat(precision.metrics().values().get("mean_average_precision"))
        .isCloseTo(golden.path("mean_average_precision").asDouble(), within(FLOAT));
  }

  @ParameterizedTest
  @MethodSource("winogavil")
  void associationsEqualTheReference(JsonNode golden) {
    var scores = new AssociationScores();
    for (JsonNode instance : golden.path("instances")) {
      float[][] candidates = unitRows(instance.path("image_embeddings"));
      Set<Integer> associations = new HashSet<>();
      instance.path("associations").forEach(i -> associations.add(i.asInt()));
      float[] similarities =
          Columns.of(candidates).times(unit(row(instance.path("cue_embedding"))));

      Set<Integer> selected = AssociationScores.select(similarities, associations.size());

      Set<Integer> printed =
          elements(instance.path("selected")).map(JsonNode::asInt).collect(Collectors.toSet());
      assertThat(selected).isEqualTo(printed);
      assertThat(scores.add(selected, associations, candidates.length))
          .isCloseTo(instance.path("jaccard").asDouble(), within(DIGITS));
    }
    assertMetrics(scores.metrics().values(), golden.path("metrics"), DIGITS);
  }

  @Test
  void promptsOfCuesEqualTheReference() throws IOException {
    Goldens.file("winogavil.json")
        .path("prompts")
        .properties()
        .forEach(
            prompt ->
                assertThat(AssociationScores.prompt(prompt.getKey()))
                    .isEqualTo(prompt.getValue().asText()));
  }

  @Test
  void choicesEqualTheReference() throws IOException {
    for (JsonNode golden : Goldens.cases("aro.json").toList()) {
      boolean order = golden.path("task").asText().equals("Order");
      JsonNode table = golden.path(order ? "scores_true_then_4_shuffles" : "scores_false_true");
      var scores = new ChoiceScores();
      for (int i = 0; i < table.size(); i++) {
        boolean right = ChoiceScores.best(row(table.path(i))) == (order ? 0 : 1);
        scores.add(right, golden.path("groups").path(i).asText());
      }
      if (order) {
        assertThat(scores.order().values().get("precision@1"))
            .isCloseTo(golden.path("precision_at_1").asDouble(), within(DIGITS));
        continue;
      }
      boolean attribution = golden.path("task").asText().equals("VG_Attribution");
      Metrics metrics = attribution ? scores.attribution() : scores.relation(Set.of());
      JsonNode mean = golden.path("unweighted_mean_over_records");
      if (mean.isNull()) {
        assertThat(metrics.values()).doesNotContainKey("macro_accuracy");
      } else {
        assertThat(metrics.values().get("macro_accuracy"))
            .as(golden.path("name").asText())
            .isCloseTo(mean.asDouble(), within(DIGITS));
      }
      for (JsonNode printed : golden.path("records")) {
        String group = printed.path(attribution ? "Attributes" : "Relation").asText();
        assertThat(scores.records())
            .contains(
                new ChoiceScores.GroupRecord(
                    group, printed.path("Accuracy").asDouble(), printed.path("Count").asInt()));
      }
    }
  }

  @Test
  void averagesOverFewerTasksSayHowMany() {
    var averages =
        Averages.of(
            java.util.Map.of("VTAB", List.of("a", "b", "c")),
            java.util.Map.of("a", 0.25, "c", 0.75, "elsewhere", 1.0));

    assertThat(averages).hasSize(1);
    assertThat(averages.get(0).value()).isEqualTo(0.5);
    assertThat(averages.get(0).complete()).isFalse();
    assertThat(averages.get(0).label()).isEqualTo("VTAB (2 of 3 tasks)");
  }

  @Test
  void aModelThatIsAsSureAsItIsRightIsCalibrated() {
    // Two classes, probability 0.75 for the first, right in three of four cases.
    float[] cosines = {(float) (Math.log(3) / 100), 0};
    var calibration = new Calibration(100);
    IntStream.of(0, 0, 0, 1).forEach(y -> calibration.add(cosines, Ranking.of(cosines, y)));
    assertThat(calibration.error()).isCloseTo(0, within(1e-6));

    var wrong = new Calibration(100);
    IntStream.of(1, 1).forEach(y -> wrong.add(cosines, Ranking.of(cosines, y)));
    assertThat(wrong.error()).isCloseTo(0.75, within(1e-6));
  }
}
