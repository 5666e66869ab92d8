package org.everclip.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Inputs and outputs of the reference's functions. */
public final class Goldens {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Goldens() {}

  public static JsonNode file(String name) throws IOException {
    try (InputStream in = Goldens.class.getResourceAsStream("/goldens/" + name)) {
      return JSON.readTree(in);
    }
  }

  /** The cases of a file, at least one. */
  public static Stream<JsonNode> cases(String name) throws IOException {
    JsonNode cases = file(name).path("cases");
    assertThat(cases).isNotEmpty();
    return StreamSupport.stream(cases.spliterator(), false);
  }

  public static Stream<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  public static float[] row(JsonNode node) {
    float[] row = new float[node.size()];
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) node.path(i).asDouble();
    }
    return row;
  }

  public static float[][] unitRows(JsonNode node) {
    return elements(node).map(row -> unit(row(row))).toArray(float[][]::new);
  }

  public static float[] unit(float[] row) {
    double square = 0;
    for (float value : row) {
      square += (double) value * value;
    }
    float[] unit = new float[row.length];
    for (int i = 0; i < row.length; i++) {
      unit[i] = (float) (row[i] / Math.sqrt(square));
    }
    return unit;
  }

  /** Every printed metric has its value, a NaN of the reference is absent. */
  public static void assertMetrics(Map<String, Double> metrics, JsonNode printed, double digits) {
    assertThat(printed).isNotEmpty();
    printed
        .properties()
        .forEach(
            expected -> {
              if (expected.getValue().isNull()) {
                assertThat(metrics).doesNotContainKey(expected.getKey());
              } else {
                assertThat(metrics).containsKey(expected.getKey());
                assertThat(metrics.get(expected.getKey()))
                    .as(expected.getKey())
                    .isCloseTo(expected.getValue().asDouble(), within(digits));
              }
            });
  }
}
