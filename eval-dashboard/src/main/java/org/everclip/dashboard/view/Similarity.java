package org.everclip.dashboard.view;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.jspecify.annotations.Nullable;

/**
 * One teacher's cosines of texts with a picture, from the stored unit rows: the mean over the
 * augmented views of the picture.
 */
final class Similarity {

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

  /** Rows that cannot be read, or are encoded as nobody here knows, give no similarities. */
  static Similarity of(TeacherEmbedding embedding) {
    int dim = embedding.getDim();
    Optional<EmbeddingEncoding> encoding = EmbeddingEncoding.find(embedding.getEncoding());
    try {
      if (encoding.isPresent()) {
        return new Similarity(
            dim,
            meanRow(encoding.get().open(embedding.getImage(), dim).values(), dim),
            encoding.get().open(embedding.getCaption(), dim).values(),
            encoding.get().open(embedding.getText(), dim).values());
      }
    } catch (IllegalArgumentException damaged) {
      // as if nothing were stored
    }
    return new Similarity(1, new float[0], new float[0], new float[0]);
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
