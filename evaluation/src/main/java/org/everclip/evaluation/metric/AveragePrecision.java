package org.everclip.evaluation.metric;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * mean_average_precision of several labels an image: per class the mean of the precisions at the
 * ranks of its images, without interpolation; equal scores stay in input order; a class without
 * images counts as 0. Source: CLIP_benchmark 1.4, metrics/zeroshot_classification.py,
 * average_precision_per_class; float32 as there. Keeps the scores; not thread-safe.
 */
public final class AveragePrecision {

  private final List<float[]> scores = new ArrayList<>();
  private final List<boolean[]> present = new ArrayList<>();

  /**
   * Adds one image.
   *
   * @param row its scores [classes]
   * @param labels which classes it has
   */
  public void add(float[] row, boolean[] labels) {
    scores.add(row);
    present.add(labels);
  }

  /** Average precision of one class. */
  public float of(int c) {
    List<Integer> ranked =
        IntStream.range(0, scores.size())
            .boxed()
            // Adding 0 makes the two zeros equal.
            .sorted(Comparator.comparing((Integer i) -> 0f - scores.get(i)[c]))
            .toList();
    int hits = 0;
    float sum = 0;
    for (int rank = 0; rank < ranked.size(); rank++) {
      if (present.get(ranked.get(rank))[c]) {
        hits++;
        sum += (float) hits / (rank + 1);
      }
    }
    return sum / Math.max(hits, 1);
  }

  /** The mean over classes. */
  public Metrics metrics() {
    int classes = scores.get(0).length;
    double[] perClass = IntStream.range(0, classes).mapToDouble(this::of).toArray();
    float sum = 0;
    for (double ap : perClass) {
      sum += (float) ap;
    }
    return new Metrics.Builder()
        .put("mean_average_precision", sum / classes, Bootstrap.ofMean(perClass))
        .build();
  }
}
