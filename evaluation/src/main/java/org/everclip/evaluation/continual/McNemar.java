package org.everclip.evaluation.continual;

/**
 * McNemar's exact test: are flips in one direction more frequent than chance would have it? Under
 * the hypothesis that both versions are equally good, each flip goes either way with probability
 * one half. Source: McNemar, Psychometrika 12, 1947; the exact form is the two-sided binomial test.
 */
public final class McNemar {

  private McNemar() {}

  /** The two-sided probability of so unequal numbers of flips or more unequal ones. */
  public static double p(int negative, int positive) {
    int n = negative + positive;
    int fewer = Math.min(negative, positive);
    if (n == 0) {
      return 1;
    }
    // Terms of the binomial distribution, from the middle outwards in logarithms: 2^-n underflows.
    double logTerm = -n * Math.log(2);
    double tail = 0;
    for (int i = 0; i <= fewer; i++) {
      tail += Math.exp(logTerm);
      logTerm += Math.log(n - i) - Math.log(i + 1);
    }
    return Math.min(1, 2 * tail);
  }
}
