package org.everclip.reinforce;

import java.util.Locale;

/** Mean and spread of differences that a good model makes positive. Not thread-safe. */
final class Margin {

  /** Standard errors that the mean must lie above zero. */
  private static final double CLEAR = 3;

  private int count;
  private double sum;
  private double squares;

  void add(double difference) {
    count++;
    sum += difference;
    squares += difference * difference;
  }

  int count() {
    return count;
  }

  double mean() {
    return count == 0 ? 0 : sum / count;
  }

  /** How many standard errors the mean is above zero; 0 for no or equal-to-zero differences. */
  double score() {
    if (count < 2) {
      return 0;
    }
    double variance = Math.max(0, (squares - sum * sum / count) / (count - 1));
    if (variance == 0) {
      return Math.signum(sum) * Double.MAX_VALUE;
    }
    return mean() / Math.sqrt(variance / count);
  }

  /** Whether the mean is above zero beyond doubt. */
  boolean isClear() {
    return score() >= CLEAR;
  }

  void clear() {
    count = 0;
    sum = 0;
    squares = 0;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.2g", mean());
  }
}
