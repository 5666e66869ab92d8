package org.everclip.clip.training;

/**
 * What a step minimises, and with which optimizer.
 *
 * <p>{@code REINFORCED} is Eq. 2 and 3 of MobileCLIP: for the real captions, and again for the
 * synthetic ones, (1 - lambda) CLIP + lambda Distill; the two are added.
 *
 * @param lambda the share of distillation
 * @param captionWeight the weight of the caption loss beside the contrastive one (CoCa)
 * @param labelSmoothing of the caption loss
 */
public record Objective(
    Kind kind, double lambda, double captionWeight, double labelSmoothing, AdamW optimizer) {

  /** The families of losses. */
  public enum Kind {
    CLIP,
    REINFORCED,
    COCA
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
    return new Objective(Kind.CLIP, 0, 0, 0, AdamW.small());
  }

  public static Objective reinforced(double lambda) {
    return new Objective(Kind.REINFORCED, lambda, 0, 0, AdamW.small());
  }

  public static Objective coca(double captionWeight, double labelSmoothing) {
    return new Objective(Kind.COCA, 0, captionWeight, labelSmoothing, AdamW.small());
  }

  public Objective with(AdamW other) {
    return new Objective(kind, lambda, captionWeight, labelSmoothing, other);
  }

  boolean distills() {
    return kind == Kind.REINFORCED && lambda > 0;
  }
}
