package org.everclip.formats.augment;

import java.util.List;

/** One transform of an augmentation with its drawn parameters, in pixels of its input picture. */
public sealed interface Step {
  /** Shorter side to {@code size}, bilinear. */
  record Resize(int size) implements Step {}

  /** A square of the student's size, after padding a too small picture with black. */
  record RandomCrop(int top, int left) implements Step {}

  /** The box, scaled to the student's size. */
  record ResizedCrop(int top, int left, int height, int width) implements Step {}

  record Flip(boolean applied) implements Step {}

  /** The operations of RandAugment, one after the other. */
  record Operations(List<Operation> operations) implements Step {
    public Operations {
      operations = List.copyOf(operations);
    }
  }

  /** A transform that was configured and not applied to this picture. */
  record Skipped() implements Step {}

  /** A black box; row -1 means nothing. */
  record Erase(int row, int column, int height, int width) implements Step {}
}
