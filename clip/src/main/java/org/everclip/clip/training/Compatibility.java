package org.everclip.clip.training;

/**
 * Keeps a student from forgetting single answers of the model that it replaces: MUSCLE (Echterhoff
 * et al., EMNLP 2024, arXiv 2407.09435) for CLIP. Each row of the logits of pictures against
 * captions is a distribution whose right answer is the diagonal. Where the student's own answer is
 * wrong it follows the parent, elsewhere the teachers, if there are any: the mean over rows of m
 * KL(parent || student) + (1 - m) KL(teachers || student), and the same for columns.
 *
 * @param weight of the term beside the other losses
 * @param temperature by which the parent's and the student's logits are divided
 * @param mask which rows follow the parent
 */
public record Compatibility(double weight, double temperature, Mask mask) {

  /** Rows that follow the parent. */
  public enum Mask {
    /** Those that the student has wrong at this step, as in the paper. */
    WRONG,
    ALL
  }

  public Compatibility {
    if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)
        || !(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "The weight and the temperature of the compatibility term are positive numbers, not %s and %s"
              .formatted(weight, temperature));
    }
  }
}
