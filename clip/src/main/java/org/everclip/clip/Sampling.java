package org.everclip.clip;

import java.util.Arrays;
import org.everclip.clip.Decoding.Method;

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
    if (decoding.method() == Method.GREEDY) {
      return largest(logits);
    }
    double threshold =
        decoding.method() == Method.TOP_K
            ? kthLargest(logits, decoding.topK())
            : nucleusThreshold(logits, decoding.topP());
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] < threshold) {
        logits[i] = Double.NEGATIVE_INFINITY;
      }
      logits[i] /= decoding.temperature();
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

  private static double kthLargest(double[] logits, int k) {
    var sorted = logits.clone();
    Arrays.sort(sorted);
    return sorted[Math.max(0, sorted.length - k)];
  }

  /** The smallest logit of the smallest set whose probability reaches the mass. */
  private static double nucleusThreshold(double[] logits, double mass) {
    var sorted = logits.clone();
    Arrays.sort(sorted);
    var probabilities = softmax(sorted);
    double cumulative = 0;
    for (int i = 0; i < sorted.length; i++) {
      cumulative += probabilities[i];
      if (cumulative > 1 - mass) {
        return sorted[i];
      }
    }
    return sorted[sorted.length - 1];
  }
}
