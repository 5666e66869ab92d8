package org.everclip.evaluation.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.evaluation.task.Task;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EvaluatorTest {

  private final MemoryVersions versions = new MemoryVersions();
  private final KnownResults results = new KnownResults();
  private final List<Suite.Entry> local = new ArrayList<>();
  private final List<Suite> periods = new ArrayList<>();
  private Evaluator evaluator = restarted();

  @BeforeEach
  void someTasks() throws Exception {
    local.add(Numbers.classification("numbers", 60));
    local.add(Numbers.holdout(40));
    periods.add(Numbers.period("2014", 30));
  }

  private Evaluator restarted() {
    return EvaluatorRig.evaluator(versions, results, version -> tasks());
  }

  private Tasks tasks() {
    return new Tasks(List.of(Suite.of(Task.LOCAL, local)), periods);
  }

  @Test
  void looksQuicklyFirstThenMeasuresEverythingAndDecidesLast() throws Exception {
    versions.publish("2014");

    EvaluatorRig.work(evaluator);

    List<String> order =
        results.of(MemoryVersions.MODEL, 1).stream().map(EvaluationResult::getTask).toList();
    assertThat(order)
        .containsExactly(
            "quick",
            "latency",
            "local/numbers",
            "holdout/all",
            "period/2014",
            "promotion",
            "ematrix");
    assertThat(versions.moves()).containsExactly(1);
    assertThat(result(1, "quick").getDetail()).contains("on at most 8 samples of each of 2 tasks");
    assertThat(result(1, "local/numbers").getMetrics()).containsKey("expected_calibration_error");
  }

  @Test
  void theNewestVersionComesFirstAndInterruptsAnOlderOne() throws Exception {
    versions.publish("2014");
    var asked = new AtomicInteger();

    evaluator.workOnce(
        () -> {
          if (asked.incrementAndGet() == 3) {
            versions.publish("2015");
          }
          return false;
        });

    assertThat(find(1, "promotion")).isEmpty();
    assertThat(find(1, "quick")).isPresent();
    EvaluatorRig.work(evaluator);
    assertThat(versions.fetched()).containsExactly(1, 2, 1);
    assertThat(result(1, "promotion").getDetail()).contains("older than main (v2)");
  }

  @Test
  void comparesWithParentAndMainSampleBySample() throws Exception {
    versions.publish("2014");
    EvaluatorRig.work(evaluator);
    versions.publish("2014");
    EvaluatorRig.work(evaluator);

    EvaluationResult flips = result(2, "flips/main");
    assertThat(flips.getMetrics())
        .containsEntry("against", 1.0)
        .containsEntry("shared", 60.0 + 80.0)
        .containsKeys("p", "p:local/numbers", "deltaLow:local/numbers", "deltaHigh:holdout/all");
    double change = result(2, "local/numbers").getValue() - result(1, "local/numbers").getValue();
    assertThat(flips.getMetrics().get("delta:local/numbers"))
        .isCloseTo(change, org.assertj.core.api.Assertions.within(1e-9));
    assertThat(result(2, "flips/parent").getMetrics()).containsEntry("against", 1.0);
    assertThat(result(2, "quick").getMetrics()).containsKey("better");
  }

  @Test
  void theSameWeightsGiveIdenticalCountsAndNoFlips() throws Exception {
    versions.publish("2014");
    EvaluatorRig.work(evaluator);
    var again = new KnownResults();
    EvaluatorRig.work(EvaluatorRig.evaluator(versions, again, version -> tasks()));

    assertThat(find(again, 1, "local/numbers").getPredictionsSha256())
        .isEqualTo(result(1, "local/numbers").getPredictionsSha256());
    assertThat(find(again, 1, "holdout/all").getMetrics())
        .isEqualTo(result(1, "holdout/all").getMetrics());
  }

  @Test
  void mainIsMeasuredAgainWhenTheDataHaveChanged() throws Exception {
    versions.publish("2014");
    EvaluatorRig.work(evaluator);
    local.set(0, Numbers.classification("numbers", 80));
    versions.publish("2014");
    EvaluatorRig.work(evaluator);

    List<EvaluationResult> numbers =
        results.of(MemoryVersions.MODEL, 1).stream()
            .filter(result -> result.getTask().equals("local/numbers"))
            .toList();
    assertThat(numbers).extracting(EvaluationResult::getSamples).containsExactly(60, 80);
    assertThat(numbers).extracting(EvaluationResult::getSuite).doesNotHaveDuplicates();
    assertThat(result(2, "promotion").getMetrics()).containsEntry("mean.tasks", 2.0);
  }

  @Test
  void cellsOfAPeriodThatWasFrozenLaterAreFilledInForOlderVersions() throws Exception {
    versions.publish("2014");
    EvaluatorRig.work(evaluator);
    periods.add(Numbers.period("2015", 30));
    versions.publish("2015");
    EvaluatorRig.work(evaluator);

    assertThat(result(1, "period/2015").getMetrics()).containsEntry("relation", 1.0);
    assertThat(result(2, "period/2014").getMetrics()).containsEntry("relation", -1.0);
    EvaluationResult matrix = latestMatrix(2);
    assertThat(matrix.getValue()).isEqualTo(result(2, "period/2014").getValue());
    assertThat(matrix.getMetrics())
        .containsEntry("inDomain.cells", 2.0)
        .containsEntry("forward.cells", 1.0)
        .containsEntry("forward", result(1, "period/2015").getValue());
  }

  @Test
  void aTaskWithoutDataSaysWhyAndCountsAsNotCovered() throws Exception {
    local.add(
        Suite.Entry.without(
            new Task(
                "local/later",
                "later",
                Task.LOCAL,
                new org.everclip.evaluation.task.Scoring.Retrieval(),
                null,
                "mean_recall@5",
                List.of()),
            "no data yet"));
    versions.publish("2014");
    EvaluatorRig.work(evaluator);

    assertThat(result(1, "local/later").getDetail()).isEqualTo("no data yet");
    assertThat(result(1, "promotion").getDetail()).contains("2 of 3 tasks have a result");
  }

  @Test
  void aVersionThatIsNoModelIsRefusedAndHoldsNobodyUp() throws Exception {
    versions.publish("2014");
    EvaluatorRig.work(evaluator);
    versions.publish(MemoryVersions.BROKEN);
    EvaluatorRig.work(evaluator);
    versions.publish("2014");
    EvaluatorRig.work(evaluator);

    assertThat(result(2, "promotion").getDetail())
        .isEqualTo("not promoted: the model of v2 cannot be loaded: not a model");
    assertThat(find(2, "local/numbers")).isEmpty();
    assertThat(versions.moves()).containsExactly(1, 3);
  }

  @Test
  void whenMainIsMovedByHandMeanwhileItDecidesAgain() throws Exception {
    versions.publish("2014");
    versions.publish("2014");
    versions.move(MemoryVersions.MODEL, "main", 1, 0, "by hand");

    EvaluatorRig.work(evaluator);

    assertThat(result(2, "promotion").getMetrics()).containsEntry("against", 1.0);
    assertThat(find(1, "promotion")).isPresent();
  }

  private EvaluationResult latestMatrix(int version) {
    List<EvaluationResult> found =
        results.group(EvaluationGroups.MATRIX).stream()
            .filter(result -> result.getVersion() == version)
            .toList();
    return found.get(found.size() - 1);
  }

  private EvaluationResult result(int version, String task) {
    return find(version, task).orElseThrow();
  }

  private Optional<EvaluationResult> find(int version, String task) {
    return results.of(MemoryVersions.MODEL, version).stream()
        .filter(result -> result.getTask().equals(task))
        .findFirst();
  }

  private static EvaluationResult find(Results results, int version, String task) {
    return results.of(MemoryVersions.MODEL, version).stream()
        .filter(result -> result.getTask().equals(task))
        .findFirst()
        .orElseThrow();
  }
}
