package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Precision;
import org.everclip.clip.network.TensorSpec;
import org.everclip.clip.weights.Weights;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainSessionTest {

  private static final int BATCH = 4;
  private static final int WIDTH = 8;

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

  @ParameterizedTest
  @EnumSource(Objective.Kind.class)
  void resumesBitForBit(Objective.Kind kind, @TempDir Path folder) throws IOException {
    Path whole = folder.resolve("whole.safetensors");
    Path half = folder.resolve("half.safetensors");
    Path resumed = folder.resolve("resumed.safetensors");
    try (TrainSession session = session(kind, 1)) {
      steps(session, kind, 0, 6);
      session.save(whole);
    }

    try (TrainSession session = session(kind, 1)) {
      steps(session, kind, 0, 3);
      session.save(half);
    }
    try (TrainSession session = session(kind, 99)) {
      session.restore(half);
      assertThat(session.steps()).isEqualTo(3);
      steps(session, kind, 3, 6);
      session.save(resumed);
    }

    assertThat(resumed).hasSameBinaryContentAs(whole);
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

  @ParameterizedTest
  @EnumSource(Objective.Kind.class)
  void aBatchThatIsNotFiniteLeavesNoTrace(Objective.Kind kind, @TempDir Path folder)
      throws IOException {
    try (TrainSession session = session(kind, 1)) {
      session.step(batch(kind, 1));
      Map<String, float[]> before = state(session, folder);
      Batch bad = batch(kind, 2);
      bad.images().put(0, Float.NaN);

      StepResult result = session.step(bad);

      assertThat(result.finite()).isFalse();
      assertThat(session.steps()).isEqualTo(2);
      assertThat(differing(before, state(session, folder))).isEmpty();
      assertThat(session.step(batch(kind, 3)).finite()).isTrue();
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

  @Test
  void refusesToTrainACaptionerThatCannotWrite() {
    assertThatThrownBy(
            () ->
                TrainSession.create(
                    Golden.TINY_MOBILECLIP, Precision.FP32, Objective.coca(2, 0), 1, manager))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("captioner");
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

  private static List<String> differing(Map<String, float[]> a, Map<String, float[]> b) {
    assertThat(a.keySet()).isEqualTo(b.keySet());
    return a.keySet().stream().filter(name -> !Arrays.equals(a.get(name), b.get(name))).toList();
  }

  private static Map<String, float[]> state(TrainSession session, Path folder) throws IOException {
    Path file = folder.resolve("state.safetensors");
    session.save(file);
    return Checkpoints.values(file);
  }

  private TrainSession session(Objective.Kind kind, long seed) {
    return TrainSession.create(architecture(kind), Precision.FP32, objective(kind), seed, manager);
  }

  private static Architecture architecture(Objective.Kind kind) {
    return kind == Objective.Kind.COCA ? Golden.TINY_COCA : Golden.TINY_MOBILECLIP;
  }

  private static Objective objective(Objective.Kind kind) {
    return switch (kind) {
      case CLIP -> Objective.clip();
      case REINFORCED -> Objective.reinforced(0.7);
      case COCA -> Objective.coca(2, 0.05);
      case SIGMOID -> Objective.sigmoid();
    };
  }

  private static void steps(TrainSession session, Objective.Kind kind, int from, int to) {
    for (int i = from; i < to; i++) {
      session.setLearningRate(1e-3 / (i + 1));
      session.step(batch(kind, i));
    }
  }

  private static Batch batch(Objective.Kind kind, long seed) {
    Random random = new Random(seed);
    float[] images = floats(random, BATCH * 3 * 64 * 64);
    long[] synthetic = ids(random);
    List<TeacherBatch> teachers =
        IntStream.of(0, 1)
            .mapToObj(
                k ->
                    new TeacherBatch(
                        WIDTH,
                        20,
                        floats(random, BATCH * WIDTH),
                        floats(random, BATCH * WIDTH),
                        floats(random, BATCH * WIDTH)))
            .toList();
    boolean reinforced = kind == Objective.Kind.REINFORCED;
    return new Batch(
        FloatBuffer.wrap(images),
        ids(random),
        reinforced ? synthetic : null,
        reinforced ? teachers : List.of());
  }

  private static float[] floats(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() / 3;
    }
    return values;
  }

  /** Full contexts of arbitrary ids, so that every position is used. */
  private static long[] ids(Random random) {
    long[] ids = new long[BATCH * 16];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i % 16 == 0 ? 510 : i % 16 == 15 ? 511 : 1 + random.nextInt(509);
    }
    return ids;
  }

  private static List<String> unmoved(Weights before, Weights after) {
    return before.parameterSpecs().stream()
        .map(spec -> spec.name())
        .filter(
            name -> Arrays.equals(before.get(name).toFloatArray(), after.get(name).toFloatArray()))
        .toList();
  }
}
