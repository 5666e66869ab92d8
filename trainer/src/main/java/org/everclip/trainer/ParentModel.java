package org.everclip.trainer;

import java.util.Arrays;
import org.everclip.clip.ClipModel;
import org.everclip.clip.training.Batch;
import org.everclip.clip.training.TeacherBatch;
import org.everclip.trainer.round.TrainingBatch;
import org.jspecify.annotations.Nullable;

/**
 * The model that a round's version replaces. It embeds each batch, so that the student can keep the
 * parent's right answers ({@link org.everclip.clip.training.Compatibility}). Any thread may call;
 * owns the model until closed.
 */
final class ParentModel implements AutoCloseable {

  private final ClipModel model;

  ParentModel(ClipModel model) {
    this.model = model;
  }

  /** The same batch with this model's rows. */
  TrainingBatch complete(TrainingBatch made) {
    Batch batch = made.batch();
    int size = made.pairIds().size();
    float[] pixels = new float[batch.images().remaining()];
    batch.images().duplicate().get(pixels);
    long[] synthetic = batch.syntheticIds();
    var parent =
        new TeacherBatch(
            model.embedDim(),
            model.logitScale(),
            model.encodeImagePixels(pixels, size),
            texts(batch.realIds(), size),
            synthetic == null ? null : texts(synthetic, size));
    return made.with(
        new Batch(batch.images(), batch.realIds(), batch.syntheticIds(), batch.teachers(), parent));
  }

  private float[] texts(long[] ids, int size) {
    int length = ids.length / size;
    long[][] each = new long[size][];
    for (int i = 0; i < size; i++) {
      each[i] = Arrays.copyOfRange(ids, i * length, (i + 1) * length);
    }
    float[][] rows = model.encodeIds(each);
    float[] flat = new float[size * model.embedDim()];
    for (int i = 0; i < size; i++) {
      System.arraycopy(rows[i], 0, flat, i * model.embedDim(), model.embedDim());
    }
    return flat;
  }

  /** Completes a batch if there is a parent. */
  static TrainingBatch complete(@Nullable ParentModel parent, TrainingBatch made) {
    return parent == null ? made : parent.complete(made);
  }

  @Override
  public void close() {
    model.close();
  }
}
