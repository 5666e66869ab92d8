package org.everclip.evaluation.metric;

import java.util.Arrays;

/**
 * recall-macro_all and F1-macro_all over the labels that occur among the targets; a prediction of a
 * label that never occurs only misses its own. Source: wilds, common/metrics/all_metrics.py
 * (Recall, F1 with average macro), scikit-learn's f1_score. Not thread-safe.
 */
public final class MacroScores {

  private final int labels;
  private int[] targets = new int[1024];
  private int[] predictions = new int[1024];
  private int samples;

  public MacroScores(int labels) {
    this.labels = labels;
  }

  /** Adds one image. */
  public void add(int predicted, int target) {
    if (samples == targets.length) {
      targets = Arrays.copyOf(targets, 2 * samples);
      predictions = Arrays.copyOf(predictions, 2 * samples);
    }
    targets[samples] = target;
    predictions[samples++] = predicted;
  }

  /** The metrics by their reference names. */
  public Metrics metrics() {
    int[] all = new int[samples];
    Arrays.setAll(all, i -> i);
    var counts = new Counts(all);
    double f1 = counts.f1();
    return new Metrics.Builder()
        .put("recall-macro_all", counts.recall())
        .put("F1-macro_all", f1, Bootstrap.interval(samples, drawn -> new Counts(drawn).f1()))
        .build();
  }

  private final class Counts {

    private final int[] seen = new int[labels];
    private final int[] predicted = new int[labels];
    private final int[] right = new int[labels];

    Counts(int[] drawn) {
      for (int i : drawn) {
        seen[targets[i]]++;
        predicted[predictions[i]]++;
        if (targets[i] == predictions[i]) {
          right[targets[i]]++;
        }
      }
    }

    double recall() {
      double sum = 0;
      int occurring = 0;
      for (int c = 0; c < labels; c++) {
        if (seen[c] > 0) {
          sum += (double) right[c] / seen[c];
          occurring++;
        }
      }
      return sum / occurring;
    }

    double f1() {
      double sum = 0;
      int occurring = 0;
      for (int c = 0; c < labels; c++) {
        if (seen[c] > 0) {
          sum += 2.0 * right[c] / (seen[c] + predicted[c]);
          occurring++;
        }
      }
      return sum / occurring;
    }
  }
}
