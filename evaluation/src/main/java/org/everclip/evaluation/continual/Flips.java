package org.everclip.evaluation.continual;

/**
 * Samples on which two versions differ: negative = the old one was right and the new one is wrong,
 * positive = the other way round. Only samples judged for both count. Source: MUSCLE (Echterhoff et
 * al., EMNLP 2024): NFR, PFR and the inconsistency-aware NFR; the difference of the accuracies is
 * PFR - NFR.
 *
 * @param wasRight samples that the old one had right
 * @param inconsistent samples that are wrong now and had another answer before
 */
public record Flips(int shared, int wasRight, int negative, int positive, int inconsistent) {

  public static final Flips NONE = new Flips(0, 0, 0, 0, 0);

  public Flips plus(Flips other) {
    return new Flips(
        shared + other.shared,
        wasRight + other.wasRight,
        negative + other.negative,
        positive + other.positive,
        inconsistent + other.inconsistent);
  }

  /** Share of shared samples that became wrong. */
  public double negativeRate() {
    return rate(negative);
  }

  /** Share of shared samples that became right. */
  public double positiveRate() {
    return rate(positive);
  }

  /** Share of shared samples that are wrong now and had another answer before. */
  public double inconsistentRate() {
    return rate(inconsistent);
  }

  /** Share of what was right that is still right (backward trust compatibility). */
  public double stillRight() {
    return wasRight == 0 ? 1 : 1 - (double) negative / wasRight;
  }

  /** See {@link McNemar}. */
  public double p() {
    return McNemar.p(negative, positive);
  }

  private double rate(int count) {
    return shared == 0 ? 0 : (double) count / shared;
  }
}
