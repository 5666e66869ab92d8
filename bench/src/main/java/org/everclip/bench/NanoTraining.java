package org.everclip.bench;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Precision;
import org.everclip.clip.training.Batch;
import org.everclip.clip.training.Objective;
import org.everclip.clip.training.Schedule;
import org.everclip.clip.training.StepResult;
import org.everclip.clip.training.TeacherBatch;
import org.everclip.clip.training.TrainSession;
import org.everclip.contracts.Sha256;

/**
 * Reinforced training of the smallest student on drawn batches: a step's batch and learning rate
 * depend on the seed and the step alone. Owns the session; for one thread.
 */
final class NanoTraining implements AutoCloseable {

  private static final int BATCH = 4;
  private static final int VOCABULARY = 1000;
  private static final List<Integer> TEACHER_DIMS = List.of(24, 16);
  private static final float TEACHER_SCALE = 20;
  private static final Schedule SCHEDULE = Schedule.cosine(1e-3, 20, 20_000);

  private final NDManager manager = NDManager.newBaseManager();
  private final long seed;
  private final TrainSession session;
  private final float[] pixels;
  private final long[] real;
  private final long[] synthetic;
  private final List<TeacherBatch> teachers = new ArrayList<>();

  NanoTraining(Precision precision, long seed) {
    this.seed = seed;
    Architecture architecture =
        Architecture.named("mobileclip-nano").withVocabularySize(VOCABULARY);
    session =
        TrainSession.create(architecture, precision, Objective.reinforced(0.7), seed, manager);
    int size = architecture.imageSize();
    pixels = new float[BATCH * 3 * size * size];
    real = new long[BATCH * architecture.text().contextLength()];
    synthetic = new long[real.length];
    for (int dim : TEACHER_DIMS) {
      float[] image = new float[BATCH * dim];
      teachers.add(
          new TeacherBatch(
              dim, TEACHER_SCALE, image, new float[image.length], new float[image.length]));
    }
  }

  /** Steps until the session has made so many. */
  StepResult run(long until) {
    StepResult last = null;
    while (session.steps() < until) {
      long step = session.steps();
      session.setLearningRate(SCHEDULE.rate(step));
      last = session.step(batch(step));
    }
    if (last == null) {
      throw new IllegalArgumentException(
          "Expected a step after %d but got %d".formatted(session.steps(), until));
    }
    return last;
  }

  TrainSession session() {
    return session;
  }

  /** SHA-256 of everything that the next step depends on. */
  String hash() throws IOException {
    Path file = Files.createTempFile("nano", ".safetensors");
    try {
      session.save(file);
      return Sha256.hex(file);
    } finally {
      Files.delete(file);
    }
  }

  @Override
  public void close() {
    session.close();
    manager.close();
  }

  /** The arrays are filled anew for each step, which is over before the next one begins. */
  private Batch batch(long step) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + step);
    fill(pixels, random);
    fill(real, random);
    fill(synthetic, random);
    for (TeacherBatch teacher : teachers) {
      fillUnitRows(teacher.image(), teacher.dim(), random);
      fillUnitRows(teacher.realText(), teacher.dim(), random);
      fillUnitRows(Objects.requireNonNull(teacher.syntheticText()), teacher.dim(), random);
    }
    return new Batch(FloatBuffer.wrap(pixels), real, synthetic, teachers);
  }

  private static void fill(float[] values, SplittableRandom random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble();
    }
  }

  /** Start, words, end, padding; the end has the largest id. */
  private static void fill(long[] ids, SplittableRandom random) {
    Arrays.fill(ids, 0);
    int length = ids.length / BATCH;
    for (int row = 0; row < BATCH; row++) {
      int words = random.nextInt(3, length - 1);
      ids[row * length] = VOCABULARY - 2;
      for (int i = 1; i <= words; i++) {
        ids[row * length + i] = random.nextInt(1, VOCABULARY - 2);
      }
      ids[row * length + words + 1] = VOCABULARY - 1;
    }
  }

  private static void fillUnitRows(float[] rows, int dim, SplittableRandom random) {
    for (int from = 0; from < rows.length; from += dim) {
      double norm = 0;
      for (int i = from; i < from + dim; i++) {
        rows[i] = (float) (random.nextDouble() - 0.5);
        norm += rows[i] * rows[i];
      }
      for (int i = from; i < from + dim; i++) {
        rows[i] /= (float) Math.sqrt(norm);
      }
    }
  }
}
