package org.everclip.dashboard.view;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.embedding.Bfloat16;
import org.jspecify.annotations.Nullable;

/**
 * One teacher's cosines of texts with a picture, from the stored unit rows: the mean over the
 * augmented views of the picture.
 */
final class Similarity {

  private static final String BFLOAT16 = "bf16";

  private final int dim;
  private final float[] image;
  private final float[] captions;
  private final float[] text;

  private Similarity(int dim, float[] image, float[] captions, float[] text) {
    this.dim = dim;
    this.image = image;
    this.captions = captions;
    this.text = text;
  }

  /** An encoding that is not known here gives no similarities. */
  static Similarity of(TeacherEmbedding embedding) {
    int dim = embedding.getDim();
    if (!embedding.getEncoding().equals(BFLOAT16) || dim < 1) {
      return new Similarity(1, new float[0], new float[0], new float[0]);
    }
    return new Similarity(
        dim,
        meanRow(floats(embedding.getImage()), dim),
        floats(embedding.getCaption()),
        floats(embedding.getText()));
  }

  private static float[] floats(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining() & ~1];
    buffer.duplicate().get(bytes);
    return Bfloat16.decode(bytes);
  }

  private static float[] meanRow(float[] rows, int dim) {
    int count = rows.length / dim;
    if (count == 0) {
      return new float[0];
    }
    float[] mean = new float[dim];
    for (int i = 0; i < count * dim; i++) {
      mean[i % dim] += rows[i] / count;
    }
    return mean;
  }

  /** Of the real caption; null when it is not stored. */
  @Nullable Double text() {
    return cosine(text, 0);
  }

  /** Of a synthetic caption; null when it is not stored. */
  @Nullable Double caption(int index) {
    return cosine(captions, index);
  }

  private @Nullable Double cosine(float[] rows, int row) {
    if (image.length != dim || rows.length < (row + 1) * dim) {
      return null;
    }
    double sum = 0;
    for (int i = 0; i < dim; i++) {
      sum += image[i] * rows[row * dim + i];
    }
    return Double.isFinite(sum) ? sum : null;
  }

  /** The mean over teachers that have one; null when none has. */
  static @Nullable Double mean(
      List<Similarity> teachers, Function<Similarity, @Nullable Double> which) {
    double sum = 0;
    int count = 0;
    for (Similarity teacher : teachers) {
      Double value = which.apply(teacher);
      if (value != null) {
        sum += value;
        count++;
      }
    }
    return count == 0 ? null : sum / count;
  }
}
