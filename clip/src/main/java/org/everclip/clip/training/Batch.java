package org.everclip.clip.training;

import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one step learns from. Buffers and arrays are not copied: leave them alone until the step has
 * returned.
 *
 * @param images [B,3,H,W], normalised as the model's preprocessing says
 * @param realIds [B, context], row by row
 * @param syntheticIds [B, context] or null
 * @param teachers empty unless the objective distils
 * @param parent the rows of the model that is to be replaced, for {@link Compatibility}; else null
 */
public record Batch(
    FloatBuffer images,
    long[] realIds,
    long @Nullable [] syntheticIds,
    List<TeacherBatch> teachers,
    @Nullable TeacherBatch parent) {

  public Batch(
      FloatBuffer images,
      long[] realIds,
      long @Nullable [] syntheticIds,
      List<TeacherBatch> teachers,
      @Nullable TeacherBatch parent) {
    this.images = images;
    this.realIds = realIds;
    this.syntheticIds = syntheticIds;
    this.teachers = List.copyOf(teachers);
    this.parent = parent;
    if (syntheticIds != null && syntheticIds.length != realIds.length) {
      throw new IllegalArgumentException(
          "Expected as many synthetic token ids as real ones, %d, but got %d"
              .formatted(realIds.length, syntheticIds.length));
    }
  }

  /** A batch without a parent. */
  public Batch(
      FloatBuffer images,
      long[] realIds,
      long @Nullable [] syntheticIds,
      List<TeacherBatch> teachers) {
    this(images, realIds, syntheticIds, teachers, null);
  }

  public static Batch of(float[] images, long[] realIds) {
    return new Batch(FloatBuffer.wrap(images), realIds, null, List.of());
  }
}
