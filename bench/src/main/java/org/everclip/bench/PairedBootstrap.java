package org.everclip.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * The difference of two arms on the same queries, with its uncertainty: queries are drawn again
 * with replacement within each set, the same ones for both arms; the mean over sets and seeds is
 * compared.
 *
 * @param difference arm minus baseline, in points
 * @param low 2.5 % quantile
 * @param high 97.5 % quantile
 * @param better share of the draws in which the arm is above the baseline
 */
record PairedBootstrap(double difference, double low, double high, double better) {

  private static final int DRAWS = 5000;

  /**
   * Compares two arms.
   *
   * @param baseline by set, then by query: share of seeds in which the query was right
   * @param arm likewise, the same sets and queries
   */
  static PairedBootstrap compare(List<double[]> baseline, List<double[]> arm, long seed) {
    var random = new Random(seed);
    double[] draws = new double[DRAWS];
    for (int draw = 0; draw < DRAWS; draw++) {
      double sum = 0;
      for (int set = 0; set < baseline.size(); set++) {
        double[] before = baseline.get(set);
        double[] after = arm.get(set);
        double difference = 0;
        for (int i = 0; i < before.length; i++) {
          int query = random.nextInt(before.length);
          difference += after[query] - before[query];
        }
        sum += difference / before.length;
      }
      draws[draw] = 100 * sum / baseline.size();
    }
    Arrays.sort(draws);
    long above = Arrays.stream(draws).filter(value -> value > 0).count();
    return new PairedBootstrap(
        mean(arm) - mean(baseline),
        draws[(int) (0.025 * DRAWS)],
        draws[(int) (0.975 * DRAWS)],
        (double) above / DRAWS);
  }

  /** Mean over sets of the share of right queries, in percent. */
  static double mean(List<double[]> sets) {
    return 100
        * sets.stream()
            .mapToDouble(set -> Arrays.stream(set).average().orElse(Double.NaN))
            .average()
            .orElse(Double.NaN);
  }
}
