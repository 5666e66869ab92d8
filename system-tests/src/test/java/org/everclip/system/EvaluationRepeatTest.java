package org.everclip.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.everclip.clip.network.Precision;
import org.everclip.evaluation.ClipEvaluatedModel;
import org.everclip.evaluation.TaskOutcome;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.TaskRunner;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.everclip.system.EvaluationRepeatProof.Reordered;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A demo model on demo sets; EvaluationRepeatProof does the same for any model and folder. */
class EvaluationRepeatTest {

  private static final Path DEMO = Path.of("../demo");

  @ParameterizedTest
  @ValueSource(strings = {"local/clipart_category", "local/flag_country_newrender"})
  void anotherOrderAndBatchSizeChangeNoVerdictBeyondRounding(String key) throws Exception {
    Task task =
        TaskCatalogue.local(DEMO.resolve("eval")).stream()
            .filter(t -> t.key().equals(key))
            .findFirst()
            .orElseThrow();
    SampleSource source = DatasetFolder.open(task);
    try (var model = ClipEvaluatedModel.load(DEMO.resolve("models/teacher-vit"), Precision.FP32)) {
      TaskOutcome first = new TaskRunner(model).run(source);
      TaskOutcome second = new TaskRunner(model, 7).run(Reordered.of(source, 38));

      List<Judgement> different = EvaluationRepeatProof.different(first, second);
      assertThat(different).allMatch(j -> j.margin() < EvaluationRepeatProof.ROUNDING);
      if (different.isEmpty()) {
        assertThat(second.metrics().get("acc1")).isEqualTo(first.metrics().get("acc1"));
      }
      assertThat(first.samples()).isGreaterThan(100);
    }
  }
}
