package org.everclip.evaluation.metric;

import java.util.List;

/** A 95 % confidence interval. */
public record Interval(double low, double high) {

  private static final double Z = 1.959963984540054;

  /** The interval of a share of {@code n} independent samples, by Wilson's score. */
  public static Interval wilson(double share, int n) {
    if (n == 0) {
      return new Interval(0, 1);
    }
    double z2 = Z * Z / n;
    double centre = (share + z2 / 2) / (1 + z2);
    double half = Z / (1 + z2) * Math.sqrt(share * (1 - share) / n + z2 / (4 * n));
    return new Interval(Math.max(0, centre - half), Math.min(1, centre + half));
  }

  /** A share seen on so many independent samples. */
  public record Share(double value, int samples) {}

  /**
   * The interval of the plain mean of independent shares: the distances to their Wilson bounds are
   * added as squares (MOVER; Zou and Donner, Statistics in Medicine 27, 2008).
   */
  public static Interval ofMean(List<Share> shares) {
    double mean = 0;
    double below = 0;
    double above = 0;
    for (Share share : shares) {
      Interval own = wilson(share.value, share.samples);
      mean += share.value / shares.size();
      below += Math.pow(share.value - own.low, 2);
      above += Math.pow(own.high - share.value, 2);
    }
    return new Interval(
        Math.max(0, mean - Math.sqrt(below) / shares.size()),
        Math.min(1, mean + Math.sqrt(above) / shares.size()));
  }
}
