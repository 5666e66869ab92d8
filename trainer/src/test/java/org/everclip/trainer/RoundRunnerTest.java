package org.everclip.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.djl.ndarray.NDManager;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.everclip.clip.training.Batch;
import org.everclip.clip.training.TrainSession;
import org.everclip.trainer.round.TrainingBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundRunnerTest {

  private static final UnaryOperator<TrainingBatch> AS_IT_IS = batch -> batch;

  @TempDir Path home;

  @Test
  void killedAtAnyStepItEndsWithTheSameBits() throws Exception {
    try (var trained = new Trained(home)) {
      var plan = trained.plan();
      String undisturbed = trained.train(plan, "undisturbed", 0, AS_IT_IS);
      assertThat(trained.steps).hasSize(12);
      var random = new Random(3);

      for (int run = 0; run < 4; run++) {
        String checkpoints = "killed" + run;
        int first = 1 + random.nextInt(11);
        int second = 1 + random.nextInt(12);
        kill(trained, plan, checkpoints, first);
        if (second > first) {
          kill(trained, plan, checkpoints, second);
        }

        assertThat(trained.train(plan, checkpoints, 0, AS_IT_IS))
            .as("killed after step %d and %d", first, second)
            .isEqualTo(undisturbed);
      }
    }
  }

  @Test
  void otherBatchesGiveOtherBits() throws Exception {
    try (var trained = new Trained(home)) {
      var plan = trained.plan();
      String right = trained.train(plan, "right", 0, AS_IT_IS);

      String oneBatchTwice =
          trained.train(
              plan,
              "wrong",
              0,
              batch -> batch.stepInRound() == 7 ? trained.assembler(plan).assemble(6) : batch);

      assertThat(oneBatchTwice).isNotEqualTo(right);
    }
  }

  @Test
  void theRateWarmsUpStaysAndSettlesAtTheRoundsEnd() throws Exception {
    try (var trained = new Trained(home, "trainer.learningRate=0.001", "trainer.annealShare=0.5")) {
      trained.train(trained.plan(), "rates", 0, AS_IT_IS);

      assertThat(trained.rates).hasSize(12).startsWith(0.00025, 0.0005, 0.00075, 0.001, 0.001);
      assertThat(trained.rates.subList(6, 12)).isSortedAccordingTo(Comparator.reverseOrder());
      assertThat(trained.rates.get(11)).isBetween(0.0, 0.0001);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 7})
  void aBatchThatIsNotFiniteLeavesNoTrace(int bad) throws Exception {
    try (var trained = new Trained(home)) {
      var plan = trained.plan();

      String poisoned = trained.train(plan, "a", 0, batch -> poison(batch, bad, Float.NaN));
      String otherwisePoisoned =
          trained.train(plan, "b", 0, batch -> poison(batch, bad, Float.POSITIVE_INFINITY));

      assertThat(trained.quarantined)
          .containsExactly("TRAIN_NOT_FINITE@" + bad, "TRAIN_NOT_FINITE@" + bad);
      assertThat(poisoned).isEqualTo(otherwisePoisoned);
      assertThat(trained.train(plan, "a", 0, AS_IT_IS)).isEqualTo(poisoned);
    }
  }

  @Test
  void trainingThatAlwaysFailsStops() throws Exception {
    try (var trained = new Trained(home)) {
      var plan = trained.plan();

      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(
              () ->
                  trained.train(
                      plan, "a", 0, batch -> poison(batch, batch.stepInRound(), Float.NaN)))
          .withMessageContaining("training diverges");
    }
  }

  @Test
  void learningLowersTheLoss() throws Exception {
    try (var trained = new Trained(home, "trainer.roundSteps=60", "trainer.learningRate=0.005");
        NDManager manager = NDManager.newBaseManager("PyTorch");
        TrainSession session = trained.student.session(trained.config.trainer(), manager)) {
      var plan = trained.plan();
      var assembler = trained.assembler(plan);
      session.setLearningRate(0.005);
      double first = 0;
      double last = 0;
      for (int step = 0; step < 60; step++) {
        double loss = session.step(assembler.assemble(step).batch()).loss();
        first += step < 10 ? loss : 0;
        last += step >= 50 ? loss : 0;
      }

      assertThat(last).isLessThan(0.97 * first);
    }
  }

  @Test
  void stepsLeaveNoNativeArrays() throws Exception {
    try (var trained = new Trained(home, "trainer.roundSteps=60");
        NDManager manager = NDManager.newBaseManager("PyTorch");
        TrainSession session = trained.student.session(trained.config.trainer(), manager)) {
      var assembler = trained.assembler(trained.plan());
      for (int step = 0; step < 10; step++) {
        session.step(assembler.assemble(step).batch());
      }
      int before = manager.getManagedArrays().size();

      for (int step = 10; step < 60; step++) {
        session.step(assembler.assemble(step).batch());
        session.emaWeights().close();
      }

      assertThat(manager.getManagedArrays()).hasSize(before);
      assertThat(before).isPositive();
    }
  }

  private static void kill(
      Trained trained, org.everclip.trainer.round.RoundPlan plan, String checkpoints, int step) {
    assertThatExceptionOfType(Trained.Killed.class)
        .isThrownBy(() -> trained.train(plan, checkpoints, step, AS_IT_IS));
  }

  private static TrainingBatch poison(TrainingBatch made, int step, float value) {
    if (made.stepInRound() != step) {
      return made;
    }
    Batch batch = made.batch();
    FloatBuffer images = FloatBuffer.allocate(batch.images().remaining());
    images.put(batch.images().duplicate()).flip();
    images.put(5, value);
    return made.with(new Batch(images, batch.realIds(), batch.syntheticIds(), batch.teachers()));
  }
}
