package org.everclip.clip.training;

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
import org.everclip.clip.weights.Weights;

/** A tiny model, a batch and an objective of each kind. */
final class TinyTraining {

  private static final int BATCH = 4;
  private static final int WIDTH = 8;

  private TinyTraining() {}

  static Architecture architecture(Objective.Kind kind) {
    return kind == Objective.Kind.COCA ? Golden.TINY_COCA : Golden.TINY_MOBILECLIP;
  }

  static Objective objective(Objective.Kind kind) {
    return switch (kind) {
      case CLIP -> Objective.clip();
      case REINFORCED -> Objective.reinforced(0.7);
      case COCA -> Objective.coca(2, 0.05);
      case SIGMOID -> Objective.sigmoid();
    };
  }

  static void steps(TrainSession session, Objective.Kind kind, int from, int to) {
    for (int i = from; i < to; i++) {
      session.setLearningRate(1e-3 / (i + 1));
      session.step(batch(kind, i));
    }
  }

  static Batch batch(Objective.Kind kind, long seed) {
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

  static float[] floats(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() / 3;
    }
    return values;
  }

  /** Full contexts of arbitrary ids, so that every position is used. */
  static long[] ids(Random random) {
    long[] ids = new long[BATCH * 16];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i % 16 == 0 ? 510 : i % 16 == 15 ? 511 : 1 + random.nextInt(509);
    }
    return ids;
  }

  static Path saved(TrainSession session, Path folder) throws IOException {
    Path file = folder.resolve("state.safetensors");
    session.save(file);
    return file;
  }

  static Map<String, float[]> state(TrainSession session, Path folder) throws IOException {
    return Checkpoints.values(saved(session, folder));
  }

  /** Names of the parameters that are the same bit for bit. */
  static List<String> unmoved(Weights before, Weights after) {
    return before.parameterSpecs().stream()
        .map(spec -> spec.name())
        .filter(
            name -> Arrays.equals(before.get(name).toFloatArray(), after.get(name).toFloatArray()))
        .toList();
  }
}
