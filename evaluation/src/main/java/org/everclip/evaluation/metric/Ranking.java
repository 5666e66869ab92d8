package org.everclip.evaluation.metric;

/**
 * What one image's scores over the classes say. Equal scores rank by ascending class, as argmax
 * does; torch.topk breaks such ties by no rule.
 *
 * @param predicted best class
 * @param rank of the label, 0 is best; {@link #NEVER} when the classifier has no column for it
 * @param margin the smallest change of a score that could change the prediction or the rank
 */
public record Ranking(int predicted, int rank, float margin) {

  /** Rank of a label beyond the classifier's columns. */
  public static final int NEVER = Integer.MAX_VALUE;

  /** Ranks the label among the scores [classes]. */
  public static Ranking of(float[] scores, int label) {
    int predicted = 0;
    float second = Float.NEGATIVE_INFINITY;
    for (int c = 1; c < scores.length; c++) {
      if (scores[c] > scores[predicted]) {
        second = scores[predicted];
        predicted = c;
      } else {
        second = Math.max(second, scores[c]);
      }
    }
    float margin = scores[predicted] - second;
    if (label >= scores.length) {
      return new Ranking(predicted, NEVER, margin);
    }
    float own = scores[label];
    int better = 0;
    for (int c = 0; c < scores.length; c++) {
      if (scores[c] > own || (scores[c] == own && c < label)) {
        better++;
      }
      if (c != label) {
        margin = Math.min(margin, Math.abs(scores[c] - own));
      }
    }
    return new Ranking(predicted, better, margin);
  }

  /** Is the label among so many best classes? */
  public boolean within(int top) {
    return rank < top;
  }
}
