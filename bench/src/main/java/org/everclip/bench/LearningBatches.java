package org.everclip.bench;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.everclip.bench.LearningStream.Row;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.training.Batch;
import org.everclip.clip.training.TeacherBatch;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;

/**
 * The batches of one run: seeded permutations of the stream, the same order and first weights for
 * every arm of a seed. The plain arm draws a new weak view each time; arms with teachers see stored
 * views.
 */
final class LearningBatches {

  private final List<Row> rows;
  private final Tokenizer tokenizer;
  private final int length;
  private final Preprocessing preprocessing;
  private final LearningArm arm;
  private final float teacherScale;
  private final int seed;
  private final Random order;
  private final List<Integer> permutation;
  private int at;

  LearningBatches(
      List<Row> rows,
      Tokenizer tokenizer,
      int length,
      Preprocessing preprocessing,
      LearningArm arm,
      float teacherScale,
      int seed) {
    this.rows = rows;
    this.tokenizer = tokenizer;
    this.length = length;
    this.preprocessing = preprocessing;
    this.arm = arm;
    this.teacherScale = teacherScale;
    this.seed = seed;
    order = new Random(seed);
    permutation = new ArrayList<>(IntStream.range(0, rows.size()).boxed().toList());
    at = rows.size();
  }

  /** Leaves out the batches of the steps up to this one, as if they had been taken. */
  void skip(int steps, int size) {
    for (int step = 0; step < steps; step++) {
      choose(size);
    }
  }

  /** Batches come in order; call once for each step, from 1. */
  Batch next(int step, int size) {
    int side = preprocessing.size();
    float[] pixels = new float[size * 3 * side * side];
    long[] real = new long[size * length];
    long[] synthetic = arm.synthetic() ? new long[size * length] : null;
    var taught = new ArrayList<float[][]>();
    for (int t = 0; t < arm.teachers(); t++) {
      taught.add(new float[3][size * rows.get(0).real().get(t).length]);
    }
    var random = new Random(1_000_003L * seed + step);
    int[] chosen = choose(size);
    for (int i = 0; i < size; i++) {
      Row row = rows.get(chosen[i]);
      int view = random.nextInt(arm.strong() ? LearningStream.VIEWS : LearningStream.WEAK_VIEWS);
      int caption = random.nextInt(LearningStream.CAPTIONS);
      RgbImage seen = picture(row, view, step, side).apply(row.square(), side);
      preprocessing.toTensor(seen, pixels, i * 3 * side * side);
      System.arraycopy(tokenizer.encode(row.caption(), length), 0, real, i * length, length);
      if (synthetic != null) {
        long[] ids = tokenizer.encode(row.captions().get(caption), length);
        System.arraycopy(ids, 0, synthetic, i * length, length);
      }
      for (int t = 0; t < arm.teachers(); t++) {
        int dim = row.real().get(t).length;
        float[] image = (arm.strong() ? row.views() : row.weakViews()).get(t)[view];
        System.arraycopy(image, 0, taught.get(t)[0], i * dim, dim);
        System.arraycopy(row.real().get(t), 0, taught.get(t)[1], i * dim, dim);
        System.arraycopy(row.synthetic().get(t)[caption], 0, taught.get(t)[2], i * dim, dim);
      }
    }
    List<TeacherBatch> teachers =
        taught.stream()
            .map(r -> new TeacherBatch(r[0].length / size, teacherScale, r[0], r[1], r[2]))
            .toList();
    return new Batch(FloatBuffer.wrap(pixels), real, synthetic, teachers);
  }

  private Augmentation picture(Row row, int view, int step, int side) {
    if (arm.strong()) {
      return row.view(view);
    }
    if (arm.teachers() > 0) {
      return row.weakView(view, side);
    }
    return AugmentationRecipe.weak()
        .sample(
            row.square().width(),
            row.square().height(),
            side,
            AugmentationRecipe.seeded(row.id(), seed, step));
  }

  private int[] choose(int count) {
    if (at + count > permutation.size()) {
      Collections.shuffle(permutation, order);
      at = 0;
    }
    int[] chosen =
        permutation.subList(at, at + count).stream().mapToInt(Integer::intValue).toArray();
    at += count;
    return chosen;
  }
}
