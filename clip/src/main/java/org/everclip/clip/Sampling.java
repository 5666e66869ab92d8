package org.everclip.clip;

import java.util.Arrays;

/** From logits to the next id; pure arithmetic in double precision. */
final class Sampling {

  private Sampling() {}

  /**
   * Chooses an id by the inverse of the cumulative distribution in the order of ids.
   *
   * @param logits changed by this method
   * @param draw uniform in [0, 1)
   */
  static int choose(double[] logits, Decoding decoding, double draw) {
    switch (decoding.method()) {
      case GREEDY -> {
        return largest(logits);
      }
      case TOP_K -> {
        keepTopK(logits, decoding.topK());
        divide(logits, decoding.temperature());
      }
      case TOP_P -> {
        keepTopP(logits, decoding.topP());
        divide(logits, decoding.temperature());
      }
      case TEMPERATURE_TOP_K_TOP_P -> {
        divide(logits, decoding.temperature());
        keepTopK(logits, decoding.topK());
        keepTopP(logits, decoding.topP());
      }
    }
    var probabilities = softmax(logits);
    double sum = 0;
    int last = 0;
    for (int i = 0; i < probabilities.length; i++) {
      if (probabilities[i] > 0) {
        last = i;
      }
      sum += probabilities[i];
      if (sum > draw) {
        return i;
      }
    }
    return last;
  }

  /** Makes ids that occurred less likely. */
  static void penalize(double[] logits, long[] ids, int length, double penalty) {
    if (penalty == 1) {
      return;
    }
    Arrays.stream(ids, 0, length)
        .distinct()
        .forEach(
            id -> {
              double logit = logits[(int) id];
              logits[(int) id] = logit < 0 ? logit * penalty : logit / penalty;
            });
  }

  static int largest(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  static double[] softmax(double[] logits) {
    double max = logits[largest(logits)];
    var probabilities = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = Math.exp(logits[i] - max);
      sum += probabilities[i];
    }
    for (int i = 0; i < probabilities.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }

  /** Keeps the k largest, and what equals the smallest of them. */
  private static void keepTopK(double[] logits, int k) {
    var ones = new double[logits.length];
    Arrays.fill(ones, 1);
    keepFrom(logits, threshold(logits.clone(), ones, Math.max(0, logits.length - k)));
  }

  /** Keeps the smallest set of the largest whose probability reaches the mass. */
  private static void keepTopP(double[] logits, double mass) {
    keepFrom(logits, threshold(logits.clone(), softmax(logits), 1 - mass));
  }

  private static void keepFrom(double[] logits, double threshold) {
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] < threshold) {
        logits[i] = Double.NEGATIVE_INFINITY;
      }
    }
  }

  private static void divide(double[] logits, double temperature) {
    for (int i = 0; i < logits.length; i++) {
      logits[i] /= temperature;
    }
  }

  /**
   * Returns the smallest value such that the values up to it weigh more than {@code dropped}, or
   * the largest value. A selection by partition: only the part that holds the answer is divided
   * further.
   *
   * @param values reordered by this method
   * @param weights of the values, reordered with them
   */
  private static double threshold(double[] values, double[] weights, double dropped) {
    int from = 0;
    int to = values.length;
    double below = 0;
    while (true) {
      double pivot = values[(from + to) >>> 1];
      int less = from;
      int more = to;
      double lessWeight = 0;
      double equalWeight = 0;
      for (int i = from; i < more; ) {
        if (values[i] < pivot) {
          lessWeight += weights[i];
          swap(values, weights, i++, less++);
        } else if (values[i] > pivot) {
          swap(values, weights, i, --more);
        } else {
          equalWeight += weights[i++];
        }
      }
      if (below + lessWeight > dropped) {
        to = less;
      } else if (more == to || below + lessWeight + equalWeight > dropped) {
        return pivot;
      } else {
        below += lessWeight + equalWeight;
        from = more;
      }
    }
  }

  private static void swap(double[] values, double[] weights, int i, int j) {
    double value = values[i];
    double weight = weights[i];
    values[i] = values[j];
    weights[i] = weights[j];
    values[j] = value;
    weights[j] = weight;
  }
}
