package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.everclip.clip.training.TinyTraining.architecture;
import static org.everclip.clip.training.TinyTraining.batch;
import static org.everclip.clip.training.TinyTraining.objective;
import static org.everclip.clip.training.TinyTraining.saved;
import static org.everclip.clip.training.TinyTraining.state;
import static org.everclip.clip.training.TinyTraining.steps;
import static org.everclip.clip.training.TinyTraining.unmoved;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Precision;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.weights.SafetensorsWriter;
import org.everclip.formats.weights.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is saved is all that a step depends on; what is refused changes nothing. */
class TrainStateTest {

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void freeMemory() {
    manager.close();
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

  /** In bfloat16 too gradients reach every parameter, and a resumed session goes on the same. */
  @Test
  void bfloat16TrainsAndResumes(@TempDir Path folder) throws IOException {
    Path whole = folder.resolve("whole.safetensors");
    Path half = folder.resolve("half.safetensors");
    try (TrainSession session = bfloat16(1);
        Weights before = session.trainWeights()) {
      steps(session, Objective.Kind.REINFORCED, 0, 2);
      session.save(half);
      steps(session, Objective.Kind.REINFORCED, 2, 4);
      session.save(whole);
      try (Weights after = session.trainWeights()) {
        assertThat(unmoved(before, after)).isEmpty();
      }
    }

    try (TrainSession session = bfloat16(2)) {
      session.restore(half);
      steps(session, Objective.Kind.REINFORCED, 2, 4);

      assertThat(saved(session, folder)).hasSameBinaryContentAs(whole);
    }
  }

  /** Tensors made from Java's memory die with it; those of a session must not. */
  @Test
  void theStateOutlivesTheJavaMemoryItWasReadFrom(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("whole.safetensors");
    try (TrainSession session = session(Objective.Kind.CLIP, 1);
        TrainSession restored = session(Objective.Kind.CLIP, 2)) {
      steps(session, Objective.Kind.CLIP, 0, 1);
      session.save(file);
      restored.restore(file);

      for (int round = 0; round < 3; round++) {
        System.gc();
        // Reuses freed memory, which would show in tensors that still lie on it.
        session(Objective.Kind.COCA, round).close();
      }

      assertThat(saved(restored, folder)).hasSameBinaryContentAs(file);
    }
  }

  @Test
  void refusesTheStateOfAnotherKindOfTraining(@TempDir Path folder) throws IOException {
    try (TrainSession session = session(Objective.Kind.CLIP, 1);
        TrainSession sigmoid = session(Objective.Kind.SIGMOID, 1);
        TrainSession captioner = session(Objective.Kind.COCA, 1)) {
      Path file = saved(session, folder);

      assertThatThrownBy(() -> sigmoid.restore(file)).hasMessageContaining("logit_bias");
      assertThatThrownBy(() -> captioner.restore(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("checkpoint of");
      assertThat(sigmoid.step(batch(Objective.Kind.SIGMOID, 1)).finite()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "many", "99999999999999999999"})
  void refusesAFileThatDoesNotCountItsSteps(String steps, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("weights.safetensors");
    String name = Golden.TINY_MOBILECLIP.name();
    SafetensorsWriter.write(file, List.<Tensor>of(), Map.of("architecture", name, "steps", steps));
    try (TrainSession session = session(Objective.Kind.CLIP, 1)) {
      assertThatThrownBy(() -> session.restore(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("number of steps");
    }
  }

  private TrainSession session(Objective.Kind kind, long seed) {
    return TrainSession.create(architecture(kind), Precision.FP32, objective(kind), seed, manager);
  }

  private TrainSession bfloat16(long seed) {
    return TrainSession.create(
        Golden.TINY_MOBILECLIP, Precision.BF16, Objective.reinforced(0.7), seed, manager);
  }

  private static List<String> differing(Map<String, float[]> a, Map<String, float[]> b) {
    assertThat(a.keySet()).isEqualTo(b.keySet());
    return a.keySet().stream().filter(name -> !Arrays.equals(a.get(name), b.get(name))).toList();
  }
}
