package org.everclip.evaluation.metric;

/**
 * Expected calibration error: the distance between confidence and accuracy, averaged over 15 bins
 * of equal width, weighted by their samples; confidence is the best class's probability under the
 * model's own scale. Source: Guo et al., On Calibration of Modern Neural Networks, 2017, equation
 * 3. Not thread-safe.
 */
public final class Calibration {

  private static final int BINS = 15;

  private final double scale;
  private final double[] confidences = new double[BINS];
  private final int[] seen = new int[BINS];
  private final int[] right = new int[BINS];

  /**
   * Starts to count.
   *
   * @param scale factor from cosines to logits
   */
  public Calibration(double scale) {
    this.scale = scale;
  }

  /** Adds one image with its cosines [classes]. */
  public void add(float[] scores, Ranking ranking) {
    float best = scores[ranking.predicted()];
    double sum = 0;
    for (float score : scores) {
      sum += Math.exp(scale * (score - best));
    }
    double confidence = 1 / sum;
    // A bin is open below and closed above.
    int bin = Math.max(0, (int) Math.ceil(confidence * BINS) - 1);
    seen[bin]++;
    confidences[bin] += confidence;
    if (ranking.within(1)) {
      right[bin]++;
    }
  }

  /** The error in 0..1. */
  public double error() {
    int all = 0;
    double error = 0;
    for (int b = 0; b < BINS; b++) {
      all += seen[b];
      error += Math.abs(confidences[b] - right[b]);
    }
    return error / all;
  }
}
