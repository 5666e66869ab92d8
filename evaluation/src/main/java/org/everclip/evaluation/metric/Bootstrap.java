package org.everclip.evaluation.metric;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Percentile bootstrap for metrics that are no plain share (Efron and Tibshirani 1993, chapter 13).
 * Seeded: the same samples give the same interval.
 */
final class Bootstrap {

  private static final int REPLICATES = 1000;
  private static final long SEED = 0x38;
  private static final double TAIL = 0.025;

  private Bootstrap() {}

  /**
   * The 95 % interval.
   *
   * @param metric of drawn sample indices [n]; the array is reused
   */
  static Interval interval(int n, ToDoubleFunction<int[]> metric) {
    var random = new SplittableRandom(SEED);
    int[] drawn = new int[n];
    double[] values = new double[REPLICATES];
    for (int r = 0; r < REPLICATES; r++) {
      for (int i = 0; i < n; i++) {
        drawn[i] = random.nextInt(n);
      }
      values[r] = metric.applyAsDouble(drawn);
    }
    Arrays.sort(values);
    int cut = (int) (TAIL * REPLICATES);
    return new Interval(values[cut], values[REPLICATES - 1 - cut]);
  }

  /** The interval of a plain mean. */
  static Interval ofMean(double[] values) {
    return interval(
        values.length,
        drawn -> {
          double sum = 0;
          for (int i : drawn) {
            sum += values[i];
          }
          return sum / drawn.length;
        });
  }
}
