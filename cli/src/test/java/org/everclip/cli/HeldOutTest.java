package org.everclip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.Map;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.junit.jupiter.api.Test;

class HeldOutTest {

  private final HeldOut heldOut = new HeldOut();

  @Test
  void comparesCompleteVersionsOverCommonTasks() {
    recall(1, "emoji_retrieval", 100, 0.10, 0.30);
    recall(1, "holdout", 300, 0.20, 0.40);
    accuracy(1, "emoji_category", 0.5);
    accuracy(1, "clipart_category", 0.25);
    notAvailable(1, "imagenet1k");

    recall(2, "emoji_retrieval", 100, 0.50, 0.70);
    accuracy(2, "emoji_category", 0.75);
    notAvailable(2, "clipart_category");
    notAvailable(2, "imagenet1k");
    assertThat(heldOut.complete()).as("version 2 still lacks the holdout").isEqualTo(1);
    recall(2, "holdout", 300, 0.60, 0.80);
    assertThat(heldOut.complete()).isEqualTo(2);
    recall(3, "emoji_retrieval", 100, 0.9, 0.9);
    assertThat(heldOut.latest()).contains(2);

    HeldOut.Figures first = heldOut.figures(1, 2);
    HeldOut.Figures latest = heldOut.figures(2, 1);
    // (100 * mean(0.10, 0.30) + 300 * mean(0.20, 0.40)) / 400
    assertThat(first.recallAt1()).isCloseTo(0.275, within(1e-9));
    assertThat(latest.recallAt1()).isCloseTo(0.675, within(1e-9));
    assertThat(first.retrievalSamples()).isEqualTo(400);
    // clipart_category is not available for version 2, so it counts for neither.
    assertThat(first.zeroShot()).isCloseTo(0.5, within(1e-9));
    assertThat(latest.zeroShot()).isCloseTo(0.75, within(1e-9));
  }

  @Test
  void nothingIsClaimedWithoutResults() {
    notAvailable(1, "imagenet1k");
    HeldOut.Figures figures = heldOut.figures(1, 1);
    assertThat(figures.recallAt1()).isNull();
    assertThat(figures.zeroShot()).isNull();
  }

  private void recall(int version, String task, int samples, double image, double text) {
    add(
        version,
        task,
        EvaluationStatus.DONE,
        samples,
        Map.of(
            "image_retrieval_recall@1", image,
            "text_retrieval_recall@1", text,
            "image_retrieval_recall@5", image,
            "text_retrieval_recall@5", text));
  }

  private void accuracy(int version, String task, double accuracy) {
    add(version, task, EvaluationStatus.DONE, 100, Map.of("acc1", accuracy));
  }

  private void notAvailable(int version, String task) {
    add(version, task, EvaluationStatus.NOT_AVAILABLE, 0, Map.of());
  }

  private void add(
      int version, String task, EvaluationStatus status, int samples, Map<String, Double> metrics) {
    heldOut.add(
        EvaluationResult.newBuilder()
            .setModel("demo")
            .setVersion(version)
            .setSuite("s")
            .setTask(task)
            .setStatus(status)
            .setSamples(samples)
            .setMetrics(metrics)
            .setTime(Instant.EPOCH)
            .build());
  }
}
