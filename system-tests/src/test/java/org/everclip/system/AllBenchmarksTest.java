package org.everclip.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.evaluation.TaskOutcome;
import org.everclip.evaluation.TaskRunner;
import org.everclip.evaluation.metric.Averages;
import org.everclip.evaluation.metric.Averages.Average;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * All 38 tasks, ARO and the face sets on {@link EvaluationFixture}: every metric and the averages
 * are what the reference's own evaluate functions made of the same pictures and the same stand-in
 * model (the file says which versions).
 */
class AllBenchmarksTest {

  /** The reference sums embeddings in another order. */
  private static final double TOLERANCE = 1e-7;

  private static final Map<String, String> AVERAGES =
      Map.of(
          "imagenet", "ImageNet",
          "imagenet_shift", "ImageNet dist. shifts",
          "vtab", "VTAB",
          "retrieval", "Retrieval",
          "all38", "Average");

  @TempDir static Path root;

  private static final Map<String, Map<String, Double>> OURS = new TreeMap<>();
  private static final Map<String, Double> MAIN = new TreeMap<>();

  @BeforeAll
  static void runEveryTask() throws Exception {
    new EvaluationFixture().write(root);
    var runner = new TaskRunner(new HashedModel());
    var tasks = new ArrayList<>(TaskCatalogue.datacomp(root));
    tasks.addAll(TaskCatalogue.further(root));
    for (Task task : tasks) {
      TaskOutcome outcome = runner.run(DatasetFolder.open(task));
      OURS.put(task.key(), outcome.metrics());
      Double value = outcome.metrics().get(task.mainMetric());
      if (value != null) {
        MAIN.put(task.key(), value);
      }
    }
  }

  @Test
  void thirtyEightOfThirtyEightHaveAFigure() {
    for (Average average : Averages.of(TaskCatalogue.families(), MAIN)) {
      assertThat(average.complete()).as(average.label()).isTrue();
    }
    assertThat(TaskCatalogue.datacomp(root)).extracting(Task::key).hasSize(38);
  }

  @Test
  void everyMetricEqualsTheReferences() throws IOException {
    JsonNode tasks = reference().path("tasks");
    assertThat(tasks.properties()).hasSize(OURS.size());
    tasks
        .properties()
        .forEach(
            task -> {
              Map<String, Double> ours = OURS.getOrDefault(task.getKey(), Map.of());
              task.getValue().properties().forEach(metric -> compare(task.getKey(), metric, ours));
            });
  }

  @Test
  void theAveragesEqualTheReferences() throws IOException {
    JsonNode averages = reference().path("averages");
    for (Average average : Averages.of(TaskCatalogue.families(), MAIN)) {
      String name = AVERAGES.getOrDefault(average.family(), "");
      assertThat(average.value())
          .as(name)
          .isCloseTo(averages.path(name).asDouble(), within(TOLERANCE));
    }
  }

  /** A NaN of the reference, a group or a number of candidates without samples, is absent here. */
  private static void compare(
      String task, Map.Entry<String, JsonNode> metric, Map<String, Double> ours) {
    String name = task + " " + metric.getKey();
    if (metric.getValue().isNull()) {
      assertThat(ours).as(name).doesNotContainKey(metric.getKey());
    } else {
      assertThat(ours).as(name).containsKey(metric.getKey());
      assertThat(ours.get(metric.getKey()))
          .as(name)
          .isCloseTo(metric.getValue().asDouble(), within(TOLERANCE));
    }
  }

  private static JsonNode reference() throws IOException {
    try (InputStream in =
        AllBenchmarksTest.class.getResourceAsStream("/evaluation/reference-38.json")) {
      return JsonMapper.builder().build().readTree(in);
    }
  }
}
