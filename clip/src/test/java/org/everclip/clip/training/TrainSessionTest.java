package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.everclip.clip.training.TinyTraining.architecture;
import static org.everclip.clip.training.TinyTraining.batch;
import static org.everclip.clip.training.TinyTraining.objective;
import static org.everclip.clip.training.TinyTraining.saved;
import static org.everclip.clip.training.TinyTraining.state;
import static org.everclip.clip.training.TinyTraining.unmoved;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.network.TensorSpec;
import org.everclip.clip.weights.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainSessionTest {

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void freeMemory() {
    manager.close();
  }

  @ParameterizedTest
  @EnumSource(Objective.Kind.class)
  void aStepMovesEveryParameterAndEveryAverage(Objective.Kind kind) {
    try (TrainSession session = session(kind, 1);
        Weights before = session.trainWeights();
        Weights averagesBefore = session.emaWeights()) {
      // Weights that begin at zero can block what is before them; the second step passes.
      session.step(batch(kind, 1));
      session.step(batch(kind, 2));

      try (Weights after = session.trainWeights();
          Weights averagesAfter = session.emaWeights()) {
        assertThat(unmoved(before, after)).isEmpty();
        assertThat(unmoved(averagesBefore, averagesAfter)).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Objective.Kind.class)
  void theLossOfARepeatedBatchFalls(Objective.Kind kind) {
    try (TrainSession session = session(kind, 1)) {
      session.setLearningRate(3e-3);
      Batch batch = batch(kind, 1);
      double first = session.step(batch).loss();

      StepResult last = session.step(batch);
      for (int i = 0; i < 10; i++) {
        last = session.step(batch);
      }

      assertThat(last.loss()).isLessThan(first - 0.2);
      assertThat(last.finite()).isTrue();
    }
  }

  @Test
  void holdsAConstantNumberOfNativeArrays() {
    try (TrainSession session = session(Objective.Kind.REINFORCED, 1)) {
      Batch batch = batch(Objective.Kind.REINFORCED, 1);
      session.step(batch);
      int before = session.managedArrays();

      for (int i = 0; i < 20; i++) {
        session.step(batch);
        session.emaWeights().close();
      }

      assertThat(session.managedArrays()).isEqualTo(before);
    }
  }

  @Test
  void keepsTheLogitScaleBelowItsBound() {
    try (TrainSession session = session(Objective.Kind.CLIP, 1)) {
      session.setLearningRate(5);

      double largest = 0;
      for (int i = 0; i < 5; i++) {
        largest = Math.max(largest, session.step(batch(Objective.Kind.CLIP, i)).logitScale());
      }

      assertThat(largest).isBetween(1.0, 100.001);
    }
  }

  @Test
  void learnsFromRealCaptionsAloneWhereThereAreNoSyntheticOnes() {
    Batch both = batch(Objective.Kind.REINFORCED, 1);
    try (TrainSession one = session(Objective.Kind.REINFORCED, 1);
        TrainSession other = session(Objective.Kind.REINFORCED, 1)) {
      StepResult withSynthetic = one.step(both);

      StepResult realOnly =
          other.step(new Batch(both.images(), both.realIds(), null, both.teachers()));

      assertThat(realOnly.lossClip()).isPositive().isLessThan(withSynthetic.lossClip());
      assertThat(realOnly.lossDistill()).isPositive().isLessThan(withSynthetic.lossDistill());
    }
  }

  @Test
  void explainsWhatABatchLacks() {
    try (TrainSession session = session(Objective.Kind.REINFORCED, 1)) {
      Batch batch = batch(Objective.Kind.REINFORCED, 1);

      assertThatThrownBy(
              () ->
                  session.step(
                      new Batch(batch.images(), batch.realIds(), batch.syntheticIds(), List.of())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("teacher");
      assertThatThrownBy(() -> session.step(Batch.of(new float[12], batch.realIds())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("3x64x64");
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1e-3, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesALearningRateThatWouldRuinTheModel(double rate) {
    try (TrainSession session = session(Objective.Kind.CLIP, 1)) {
      assertThatThrownBy(() -> session.setLearningRate(rate))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not negative");
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {0, -100, Float.NaN, Float.POSITIVE_INFINITY})
  void refusesATeachersScaleThatIsNoScale(float scale) {
    assertThatThrownBy(() -> new TeacherBatch(1, scale, new float[2], new float[2], null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("positive");
  }

  @Test
  void refusesToTrainACaptionerThatCannotWrite() {
    assertThatThrownBy(
            () ->
                TrainSession.create(
                    Golden.TINY_MOBILECLIP, Precision.FP32, Objective.coca(2, 0), 1, manager))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("captioner");
  }

  /** The reference's caption loss and embeddings, from one step of training. */
  @Test
  void aCaptionersFirstLossIsTheReferences() {
    JsonNode golden = Golden.json("open_clip_tiny_coca");
    Network network = Networks.create(Golden.TINY_COCA, Precision.FP32, Form.TRAIN);
    // The golden shows the captions 0, 1, 2 with the pictures 0, 1, 0.
    float[] two = Golden.images("input.image", 2, network.imageSize());
    float[] pixels = Arrays.copyOf(two, two.length / 2 * 3);
    System.arraycopy(two, 0, pixels, two.length, two.length / 2);
    long[] ids = Arrays.stream(Golden.tokens(golden)).flatMapToLong(Arrays::stream).toArray();
    try (Weights begin = Weights.of(network, manager, Golden::fill);
        TrainSession session =
            TrainSession.create(
                Golden.TINY_COCA, Precision.FP32, Objective.coca(2, 0), begin, manager)) {

      StepResult result = session.step(Batch.of(pixels, ids));

      assertThat(result.lossDistill())
          .isCloseTo(golden.path("caption_loss").asDouble(), within(1e-5));
      assertThat(result.loss())
          .isCloseTo(result.lossClip() + 2 * result.lossDistill(), within(1e-5));
    }
  }

  @ParameterizedTest
  @EnumSource(Objective.Distillation.class)
  void bothFormsOfDistillationMoveTheWeightsAlike(Objective.Distillation form, @TempDir Path folder)
      throws IOException {
    Objective objective = Objective.reinforced(0.7);
    Batch batch = batch(Objective.Kind.REINFORCED, 1);
    try (TrainSession one = session(Objective.Kind.REINFORCED, 1);
        TrainSession other =
            TrainSession.create(
                Golden.TINY_MOBILECLIP, Precision.FP32, objective.with(form), 1, manager)) {
      double crossEntropy = one.step(batch).lossDistill();

      double measured = other.step(batch).lossDistill();

      assertThat(measured).isPositive().isLessThanOrEqualTo(crossEntropy);
      assertThat(measured == crossEntropy).isEqualTo(form == Objective.Distillation.CROSS_ENTROPY);
      Map<String, float[]> a = Checkpoints.of(saved(one, folder), "first_moment.");
      Map<String, float[]> b = Checkpoints.of(saved(other, folder), "first_moment.");
      float worst = 0;
      for (String name : a.keySet()) {
        for (int i = 0; i < a.get(name).length; i++) {
          worst = Math.max(worst, Math.abs(b.get(name)[i] - a.get(name)[i]));
        }
      }
      assertThat(worst).isLessThan(1e-6f);
    }
  }

  @Test
  void theSigmoidsBiasIsTrainedAndStaysInTheState(@TempDir Path folder) throws IOException {
    try (TrainSession session = session(Objective.Kind.SIGMOID, 1);
        Weights weights = session.trainWeights()) {
      assertThat(state(session, folder).get("parameter.logit_bias")).containsExactly(-10);

      session.step(batch(Objective.Kind.SIGMOID, 1));

      assertThat(state(session, folder).get("parameter.logit_bias")[0]).isNotEqualTo(-10);
      assertThat(weights.parameterSpecs())
          .extracting(TensorSpec::name)
          .contains("logit_scale")
          .doesNotContain("logit_bias");
    }
  }

  private TrainSession session(Objective.Kind kind, long seed) {
    return TrainSession.create(architecture(kind), Precision.FP32, objective(kind), seed, manager);
  }
}
