package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.everclip.clip.training.TinyTraining.batch;
import static org.everclip.clip.training.TinyTraining.objective;
import static org.everclip.clip.training.TinyTraining.saved;
import static org.everclip.clip.training.TinyTraining.state;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Precision;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A batch whose activations are held part by part learns what it learns as a whole. */
class PartsTest {

  /** Transformers only: nothing in it depends on who shares a part. */
  private static final Architecture WITHOUT_BATCH_NORM = Golden.architecture("open_clip_tiny_clip");

  @TempDir private Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void freeMemory() {
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({"CLIP, 1", "CLIP, 3", "REINFORCED, 2", "REINFORCED, 3", "SIGMOID, 2"})
  void theGradientIsThatOfTheWholeBatch(Objective.Kind kind, int part) throws IOException {
    try (TrainSession whole = session(WITHOUT_BATCH_NORM, objective(kind));
        TrainSession parts = session(WITHOUT_BATCH_NORM, objective(kind).inParts(part))) {
      StepResult expected = whole.step(batch(kind, 1));

      StepResult actual = parts.step(batch(kind, 1));

      assertThat(actual.loss()).isCloseTo(expected.loss(), within(1e-5));
      assertThat(actual.gradientNorm())
          .isCloseTo(expected.gradientNorm(), within(1e-4 * expected.gradientNorm()));
      var of = Checkpoints.of(saved(whole, folder), "first_moment.");
      assertClose(Checkpoints.of(saved(parts, folder), "first_moment."), of);
    }
  }

  @Test
  void theGradientOfLossesWithinThePartsWouldBeAnother() throws IOException {
    Batch four = batch(Objective.Kind.CLIP, 1);
    int pixels = four.images().remaining() / 2;
    int ids = four.realIds().length / 2;
    var two =
        new Batch(
            FloatBuffer.wrap(four.images().array(), 0, pixels).slice(),
            Arrays.copyOf(four.realIds(), ids),
            null,
            List.of());
    try (TrainSession parts = session(WITHOUT_BATCH_NORM, Objective.clip().inParts(2));
        TrainSession half = session(WITHOUT_BATCH_NORM, Objective.clip())) {

      assertThat(parts.step(four).loss()).isGreaterThan(half.step(two).loss() + 0.1);
    }
  }

  /** Statistics move once for each part, not once more for the look ahead. */
  @Test
  void batchStatisticsAreThoseOfTheParts() throws IOException {
    Objective.Kind kind = Objective.Kind.REINFORCED;
    try (TrainSession whole = session(Golden.TINY_MOBILECLIP, objective(kind));
        TrainSession one = session(Golden.TINY_MOBILECLIP, objective(kind).inParts(4));
        TrainSession two = session(Golden.TINY_MOBILECLIP, objective(kind).inParts(2))) {
      whole.step(batch(kind, 1));
      one.step(batch(kind, 1));
      two.step(batch(kind, 1));

      var expected = Checkpoints.of(saved(whole, folder), "buffer.");
      assertClose(Checkpoints.of(saved(one, folder), "buffer."), expected);
      // One update keeps 0.9 of a variance that began at 1, two keep 0.81.
      assertThat(smallestVariance(expected)).isBetween(0.9f, 0.92f);
      assertThat(smallestVariance(Checkpoints.of(saved(two, folder), "buffer.")))
          .isBetween(0.81f, 0.83f);
    }
  }

  @Test
  void aBatchThatIsNotFiniteLeavesNoTrace() throws IOException {
    Objective.Kind kind = Objective.Kind.REINFORCED;
    Batch bad = batch(kind, 2);
    bad.images().put(7, Float.NaN);
    try (TrainSession session = session(Golden.TINY_MOBILECLIP, objective(kind).inParts(3))) {
      session.step(batch(kind, 1));
      Map<String, float[]> before = state(session, folder);

      assertThat(session.step(bad).finite()).isFalse();

      Map<String, float[]> after = state(session, folder);
      before.forEach((name, values) -> assertThat(after.get(name)).as(name).isEqualTo(values));
    }
  }

  @Test
  void refusesWhatCannotBeParted() {
    assertThatThrownBy(() -> Objective.coca(2, 0).inParts(8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("captioner");
    assertThatThrownBy(() -> Objective.clip().inParts(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one");
  }

  private TrainSession session(Architecture architecture, Objective objective) {
    return TrainSession.create(architecture, Precision.FP32, objective, 1, manager);
  }

  private static float smallestVariance(Map<String, float[]> buffers) {
    float least = Float.MAX_VALUE;
    for (var buffer : buffers.entrySet()) {
      if (buffer.getKey().endsWith("running_var")) {
        for (float value : buffer.getValue()) {
          least = Math.min(least, value);
        }
      }
    }
    return least;
  }

  /** Each tensor within a part in ten thousand of its length. */
  private static void assertClose(Map<String, float[]> actual, Map<String, float[]> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, values) -> {
          double length = 0;
          double distance = 0;
          for (int i = 0; i < values.length; i++) {
            length += values[i] * values[i];
            distance += Math.pow(actual.get(name)[i] - values[i], 2);
          }
          assertThat(Math.sqrt(distance))
              .as(name)
              .isLessThanOrEqualTo(1e-4 * Math.sqrt(length) + 1e-7);
        });
  }
}
