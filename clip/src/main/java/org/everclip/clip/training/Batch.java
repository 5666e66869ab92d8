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
 */
public record Batch(
    FloatBuffer images,
    long[] realIds,
    long @Nullable [] syntheticIds,
    List<TeacherBatch> teachers) {

  public Batch(
      FloatBuffer images,
      long[] realIds,
      long @Nullable [] syntheticIds,
      List<TeacherBatch> teachers) {
    this.images = images;
    this.realIds = realIds;
    this.syntheticIds = syntheticIds;
    this.teachers = List.copyOf(teachers);
    if (syntheticIds != null && syntheticIds.length != realIds.length) {
      throw new IllegalArgumentException(
          "Expected as many synthetic token ids as real ones, %d, but got %d"
              .formatted(realIds.length, syntheticIds.length));
    }
  }

  public static Batch of(float[] images, long[] realIds) {
    return new Batch(FloatBuffer.wrap(images), realIds, null, List.of());
  }
}
