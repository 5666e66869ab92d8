package org.everclip.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.everclip.contracts.PublishedResults;
import org.everclip.evaluation.Goldens;
import org.everclip.evaluation.metric.Averages.Average;
import org.everclip.evaluation.task.TaskCatalogue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The averages of the published figures against what aggregate_scores.py printed for them. */
class AggregateGoldenTest {

  /** The published figures have six digits. */
  private static final double ROUNDED = 5e-7;

  private static final Map<String, String> NAMES =
      Map.of(
          "imagenet", "ImageNet",
          "imagenet_shift", "ImageNet dist. shifts",
          "vtab", "VTAB",
          "retrieval", "Retrieval",
          "all38", "Average");

  static Stream<JsonNode> files() throws IOException {
    return Goldens.cases("aggregate.json");
  }

  @ParameterizedTest
  @MethodSource("files")
  void equalTheReference(JsonNode golden) {
    String id = golden.path("results_file").asText().replace(".jsonl", "");
    PublishedResults.Model model = PublishedResults.load().model(id).orElseThrow();

    for (Average average : Averages.of(TaskCatalogue.families(), model.tasks())) {
      String name = NAMES.getOrDefault(average.family(), "");
      assertThat(average.complete()).isTrue();
      assertThat(average.value())
          .as("%s of %s", name, id)
          .isCloseTo(golden.path("aggregate").path(name).asDouble(), within(ROUNDED));
    }
  }

  @Test
  void everyPublishedModelHasAllTasksAndTheAveragesItPrints() {
    for (PublishedResults.Model model : PublishedResults.load().models()) {
      var averages = new TreeMap<String, Double>();
      for (Average average : Averages.of(TaskCatalogue.families(), model.tasks())) {
        assertThat(average.complete()).as(model.id()).isTrue();
        averages.put(average.family(), average.value());
      }
      model
          .averages()
          .forEach(
              (family, value) ->
                  assertThat(averages.get(family))
                      .as("%s of %s", family, model.id())
                      .isCloseTo(value, within(2e-6)));
    }
  }
}
