package org.everclip.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.everclip.evaluation.judge.BlankDropped;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole data sets from their tars against the metrics that DataComp's evaluate functions printed
 * for them.
 */
class EndToEndGoldenTest {

  private static final Path DATASETS = Path.of("src/test/resources/datasets");

  static Stream<JsonNode> runs() throws IOException {
    return Goldens.cases("end_to_end.json");
  }

  @ParameterizedTest
  @MethodSource("runs")
  void givesTheReferencesMetrics(JsonNode golden) throws Exception {
    TaskOutcome outcome =
        new TaskRunner(new QuadrantModel(golden.path("text_embeddings")), 7)
            .run(DatasetFolder.open(task(golden.path("dataset").asText())));

    assertThat(outcome.samples()).isEqualTo(golden.path("keys").size());
    boolean dropped = golden.path("note").asText().contains("drops the blank");
    Map<String, Double> metrics = new TreeMap<>();
    outcome
        .metrics()
        .forEach(
            (name, value) -> {
              if (name.endsWith(BlankDropped.SUFFIX) == dropped) {
                metrics.put(name.replace(BlankDropped.SUFFIX, ""), value);
              }
            });
    Goldens.assertMetrics(metrics, golden.path("metrics"), 1e-7);
  }

  @ParameterizedTest
  @MethodSource("runs")
  void readsEverySampleInOrder(JsonNode golden) throws Exception {
    var keys = new ArrayList<String>();
    var labels = new ArrayList<Integer>();
    DatasetFolder.open(task(golden.path("dataset").asText()))
        .forEach(
            sample -> {
              keys.add(sample.key());
              if (sample instanceof Sample.Labelled labelled) {
                labels.add(labelled.label());
              }
            });

    assertThat(keys)
        .isEqualTo(Goldens.elements(golden.path("keys")).map(JsonNode::asText).toList());
    if (!labels.isEmpty()) {
      assertThat(labels)
          .isEqualTo(Goldens.elements(golden.path("labels")).map(JsonNode::asInt).toList());
    }
  }

  private static Task task(String dataset) {
    List<Task> tasks = new ArrayList<>(TaskCatalogue.local(DATASETS));
    tasks.addAll(TaskCatalogue.datacomp(DATASETS));
    return tasks.stream()
        .filter(task -> DATASETS.resolve(dataset).equals(task.folder()))
        .findFirst()
        .orElseThrow();
  }
}
