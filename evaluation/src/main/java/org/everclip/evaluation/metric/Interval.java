package org.everclip.evaluation.metric;

/** A 95 % confidence interval of a share, by Wilson's score. */
public record Interval(double low, double high) {

  private static final double Z = 1.959963984540054;

  /** The interval of {@code share} seen on {@code n} independent samples. */
  public static Interval wilson(double share, int n) {
    if (n == 0) {
      return new Interval(0, 1);
    }
    double z2 = Z * Z / n;
    double centre = (share + z2 / 2) / (1 + z2);
    double half = Z / (1 + z2) * Math.sqrt(share * (1 - share) / n + z2 / (4 * n));
    return new Interval(Math.max(0, centre - half), Math.min(1, centre + half));
  }
}
