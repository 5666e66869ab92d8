package org.everclip.clip.training;

/**
 * What a step minimises, and with which optimizer.
 *
 * <p>{@code REINFORCED} is Eq. 2 and 3 of MobileCLIP: for the real captions, and again for the
 * synthetic ones, (1 - lambda) CLIP + lambda Distill; the two are added.
 *
 * @param lambda the share of distillation
 * @param distillation how far the student is from its teachers
 * @param captionWeight the weight of the caption loss beside the contrastive one (CoCa)
 * @param labelSmoothing of the caption loss
 */
public record Objective(
    Kind kind,
    double lambda,
    Distillation distillation,
    double captionWeight,
    double labelSmoothing,
    AdamW optimizer) {

  /** The families of losses. */
  public enum Kind {
    CLIP,
    REINFORCED,
    COCA,
    /** SigLIP; a bias of the logits is trained with the model and stays in the training state. */
    SIGMOID
  }

  /** Both have the same gradients; they differ by the entropy of the teachers. */
  public enum Distillation {
    /** As the reference's code has it. */
    CROSS_ENTROPY,
    /** Kullback-Leibler, as Eq. 2 has it: zero for a student that agrees with each teacher. */
    DIVERGENCE
  }

  public Objective {
    if (lambda < 0 || lambda > 1) {
      throw new IllegalArgumentException("lambda must be in [0, 1] but is " + lambda);
    }
    if (captionWeight < 0 || labelSmoothing < 0 || labelSmoothing >= 1) {
      throw new IllegalArgumentException(
          "The caption weight must not be negative and label smoothing lies in [0, 1)");
    }
  }

  public static Objective clip() {
    return of(Kind.CLIP, 0, 0, 0);
  }

  public static Objective reinforced(double lambda) {
    return of(Kind.REINFORCED, lambda, 0, 0);
  }

  public static Objective coca(double captionWeight, double labelSmoothing) {
    return of(Kind.COCA, 0, captionWeight, labelSmoothing);
  }

  public static Objective sigmoid() {
    return of(Kind.SIGMOID, 0, 0, 0);
  }

  public Objective with(AdamW other) {
    return new Objective(kind, lambda, distillation, captionWeight, labelSmoothing, other);
  }

  public Objective with(Distillation other) {
    return new Objective(kind, lambda, other, captionWeight, labelSmoothing, optimizer);
  }

  boolean distills() {
    return kind == Kind.REINFORCED && lambda > 0;
  }

  private static Objective of(
      Kind kind, double lambda, double captionWeight, double labelSmoothing) {
    return new Objective(
        kind, lambda, Distillation.CROSS_ENTROPY, captionWeight, labelSmoothing, AdamW.small());
  }
}
