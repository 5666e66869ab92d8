package org.everclip.evaluation.task;

import org.jspecify.annotations.Nullable;

/**
 * An encoded picture, and the part of it that counts.
 *
 * @param bytes not copied
 * @param box cut out before the model's transform; null for the whole
 */
@SuppressWarnings("ArrayRecordComponent")
public record Picture(byte[] bytes, @Nullable Box box) {

  /** A rectangle in pixels. */
  public record Box(int left, int top, int width, int height) {}

  /** The whole picture. */
  public static Picture whole(byte[] bytes) {
    return new Picture(bytes, null);
  }
}
