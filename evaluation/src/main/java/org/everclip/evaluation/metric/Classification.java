package org.everclip.evaluation.metric;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Accumulates zero-shot classification results: acc1, acc5 (from five classes on) and
 * mean_per_class_recall over the labels that occur. Equal logits rank by ascending class index. Not
 * thread-safe.
 */
public final class Classification {

  private static final int TOP = 5;

  private final int[] seen;
  private final int[] right;
  private int samples;
  private int top1;
  private int top5;

  public Classification(int classes) {
    seen = new int[classes];
    right = new int[classes];
  }

  /**
   * Adds one image.
   *
   * @return whether the best class is the label
   */
  public boolean add(float[] logits, int label) {
    int better = 0;
    for (int c = 0; c < logits.length; c++) {
      if (logits[c] > logits[label] || (logits[c] == logits[label] && c < label)) {
        better++;
      }
    }
    samples++;
    seen[label]++;
    if (better < TOP) {
      top5++;
    }
    if (better == 0) {
      top1++;
      right[label]++;
    }
    return better == 0;
  }

  public int samples() {
    return samples;
  }

  /** The metrics by their reference names. */
  public Map<String, Double> metrics() {
    var metrics = new LinkedHashMap<String, Double>();
    metrics.put("acc1", (double) top1 / samples);
    if (seen.length >= TOP) {
      metrics.put("acc5", (double) top5 / samples);
    }
    double recall = 0;
    int occurring = 0;
    for (int c = 0; c < seen.length; c++) {
      if (seen[c] > 0) {
        recall += (double) right[c] / seen[c];
        occurring++;
      }
    }
    metrics.put("mean_per_class_recall", recall / occurring);
    return metrics;
  }
}
