package org.everclip.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The metrics against values that the reference printed; ties by ascending index. */
class MetricGoldensTest {

  /** The reference keeps many metrics in float32. */
  private static final double TOLERANCE = 1e-6;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  static Stream<JsonNode> classification() throws IOException {
    return cases("classification.json");
  }

  static Stream<JsonNode> retrieval() throws IOException {
    return cases("retrieval.json");
  }

  @ParameterizedTest
  @MethodSource("classification")
  void classificationEqualsTheReference(JsonNode golden) {
    var results = new Classification(golden.path("num_classes").asInt());
    for (int i = 0; i < golden.path("target").size(); i++) {
      results.add(row(golden.path("logits").path(i)), golden.path("target").path(i).asInt());
    }

    Map<String, Double> metrics = results.metrics();

    assertThat(metrics.get("acc1"))
        .isEqualTo(golden.path("lowest_index_rule").path("acc1").asDouble());
    assertThat(metrics.get("mean_per_class_recall"))
        .isCloseTo(golden.path("mean_per_class_recall").asDouble(), within(TOLERANCE));
    if (golden.path("acc5").isNull()) {
      assertThat(metrics).doesNotContainKey("acc5");
    } else {
      assertThat(metrics.get("acc5"))
          .isEqualTo(golden.path("lowest_index_rule").path("acc5").asDouble());
    }
  }

  @ParameterizedTest
  @MethodSource("retrieval")
  void retrievalEqualsTheReference(JsonNode golden) {
    float[][] images = rows(golden.path("image_embeddings"));
    var captions = new ArrayList<float[]>();
    var owners = new ArrayList<Integer>();
    for (int i = 0; i < images.length; i++) {
      for (JsonNode caption : golden.path("caption_embeddings").path(i)) {
        captions.add(unit(row(caption)));
        owners.add(i);
      }
    }

    Map<String, Double> metrics =
        Retrieval.of(
                images,
                captions.toArray(float[][]::new),
                owners.stream().mapToInt(Integer::intValue).toArray())
            .metrics();

    golden
        .path("lowest_index_rule")
        .properties()
        .forEach(
            expected ->
                assertThat(metrics.get(expected.getKey()))
                    .as(expected.getKey())
                    .isCloseTo(expected.getValue().asDouble(), within(TOLERANCE)));
  }

  private static Stream<JsonNode> cases(String file) throws IOException {
    JsonNode root = JSON.readTree(MetricGoldensTest.class.getResource("/goldens/" + file));
    List<JsonNode> cases = StreamSupport.stream(root.path("cases").spliterator(), false).toList();
    assertThat(cases).isNotEmpty();
    return cases.stream();
  }

  private static float[][] rows(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false)
        .map(row -> unit(row(row)))
        .toArray(float[][]::new);
  }

  private static float[] row(JsonNode node) {
    float[] row = new float[node.size()];
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) node.path(i).asDouble();
    }
    return row;
  }

  private static float[] unit(float[] row) {
    double square = 0;
    for (float value : row) {
      square += (double) value * value;
    }
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) (row[i] / Math.sqrt(square));
    }
    return row;
  }
}
