package org.everclip.clip.training;

import org.jspecify.annotations.Nullable;

/**
 * One teacher's stored embeddings of a batch: unit rows of width {@code dim}. The arrays are not
 * copied; do not modify them before the step has ended.
 *
 * @param scale the teacher's logit scale (1 / temperature)
 * @param syntheticText null when the batch has no synthetic captions
 */
public record TeacherBatch(
    int dim, float scale, float[] image, float[] realText, float @Nullable [] syntheticText) {

  public TeacherBatch(
      int dim, float scale, float[] image, float[] realText, float @Nullable [] syntheticText) {
    if (dim <= 0 || image.length % dim != 0 || realText.length != image.length) {
      throw new IllegalArgumentException(
          "Expected one row of width %d per picture and caption, but got %d and %d values"
              .formatted(dim, image.length, realText.length));
    }
    if (!(scale > 0 && scale < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "A teacher's logit scale is a positive number, not " + scale);
    }
    this.dim = dim;
    this.scale = scale;
    this.image = image;
    this.realText = realText;
    this.syntheticText = syntheticText;
  }

  int rows() {
    return image.length / dim;
  }
}
