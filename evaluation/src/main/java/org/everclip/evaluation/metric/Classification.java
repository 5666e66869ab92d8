package org.everclip.evaluation.metric;

import java.util.ArrayList;
import org.everclip.evaluation.metric.Interval.Share;

/**
 * acc1, acc5 (from five class names on) and mean_per_class_recall over the labels that occur.
 * Source: CLIP_benchmark 1.4, metrics/zeroshot_classification.py, and scikit-learn's
 * balanced_accuracy_score. Not thread-safe.
 */
public final class Classification {

  private static final int TOP = 5;

  private final int columns;
  private final int[] seen;
  private final int[] right;
  private int samples;
  private int top1;
  private int top5;

  /**
   * Starts to count.
   *
   * @param columns of the classifier
   * @param labels that may occur; more than columns when a blank class name was dropped
   */
  public Classification(int columns, int labels) {
    this.columns = columns;
    seen = new int[labels];
    right = new int[labels];
  }

  /** Adds one image. */
  public void add(Ranking ranking, int label) {
    samples++;
    seen[label]++;
    if (ranking.within(TOP)) {
      top5++;
    }
    if (ranking.within(1)) {
      top1++;
      right[label]++;
    }
  }

  /** The metrics by their reference names. */
  public Metrics metrics() {
    var metrics = new Metrics.Builder();
    metrics.share("acc1", (double) top1 / samples, samples);
    if (columns >= TOP) {
      metrics.share("acc5", (double) top5 / samples, samples);
    }
    var recalls = new ArrayList<Share>();
    double sum = 0;
    for (int c = 0; c < seen.length; c++) {
      if (seen[c] > 0) {
        double recall = (double) right[c] / seen[c];
        sum += recall;
        recalls.add(new Share(recall, seen[c]));
      }
    }
    metrics.put("mean_per_class_recall", sum / recalls.size(), Interval.ofMean(recalls));
    return metrics.build();
  }
}
