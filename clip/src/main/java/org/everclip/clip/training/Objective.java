package org.everclip.clip.training;

import org.jspecify.annotations.Nullable;

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
 * @param compatibility with the parent, for batches that bring its rows; null for none
 * @param part how many pairs' activations are held at once: larger batches are embedded part by
 *     part, and once more with gradients when the loss over all of them is known (GradCache, Gao et
 *     al., arXiv 2101.06983). The gradient is that of the whole batch, except that batch statistics
 *     are a part's. 0: all at once
 */
public record Objective(
    Kind kind,
    double lambda,
    Distillation distillation,
    double captionWeight,
    double labelSmoothing,
    AdamW optimizer,
    @Nullable Compatibility compatibility,
    int part) {

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
    if (part < 0 || part > 0 && kind == Kind.COCA) {
      throw new IllegalArgumentException(
          part < 0
              ? "A part has at least one pair, or 0 for all, but is " + part
              : "A captioner's batch is embedded as a whole; leave the part 0");
    }
    if (compatibility != null && (kind == Kind.COCA || kind == Kind.SIGMOID)) {
      throw new IllegalArgumentException(
          "The compatibility term goes with CLIP and REINFORCED, not with " + kind);
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
    return new Objective(
        kind, lambda, distillation, captionWeight, labelSmoothing, other, compatibility, part);
  }

  public Objective with(Distillation other) {
    return new Objective(
        kind, lambda, other, captionWeight, labelSmoothing, optimizer, compatibility, part);
  }

  public Objective with(Compatibility other) {
    return new Objective(
        kind, lambda, distillation, captionWeight, labelSmoothing, optimizer, other, part);
  }

  /** The same, with so many pairs' activations at once. */
  public Objective inParts(int pairs) {
    return new Objective(
        kind, lambda, distillation, captionWeight, labelSmoothing, optimizer, compatibility, pairs);
  }

  boolean distills() {
    return kind == Kind.REINFORCED && lambda > 0;
  }

  private static Objective of(
      Kind kind, double lambda, double captionWeight, double labelSmoothing) {
    return new Objective(
        kind,
        lambda,
        Distillation.CROSS_ENTROPY,
        captionWeight,
        labelSmoothing,
        AdamW.small(),
        null,
        0);
  }
}
