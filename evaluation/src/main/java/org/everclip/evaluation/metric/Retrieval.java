package org.everclip.evaluation.metric;

import java.util.Arrays;

/**
 * Image-text retrieval on unit rows. image_retrieval_recall@k: share of captions whose image is
 * among its k best images; text_retrieval_recall@k: share of images with at least one own caption
 * among its k best captions, an image without captions is a miss. Equal similarities rank by
 * ascending index; shares are float32 as the reference's. Source: CLIP_benchmark 1.4,
 * metrics/zeroshot_retrieval.py. Similarities are computed block by block and not kept.
 *
 * @param imageRanks best rank (0 = first) of an own caption, for each image
 * @param captionRanks rank of the own image, for each caption
 * @param imageMargins smallest change of a similarity that could change an image's rank
 * @param captionMargins the same for each caption
 */
@SuppressWarnings("ArrayRecordComponent")
public record Retrieval(
    int[] imageRanks, int[] captionRanks, float[] imageMargins, float[] captionMargins) {

  private static final int[] KS = {1, 5, 10};
  private static final int BLOCK = 128;

  /**
   * Ranks everything.
   *
   * @param images [N, d] unit rows
   * @param captions [M, d] unit rows
   * @param owner index of each caption's image
   */
  public static Retrieval of(float[][] images, float[][] captions, int[] owner) {
    float[] own = new float[captions.length];
    int[] best = new int[images.length];
    Arrays.fill(best, -1);
    for (int t = 0; t < captions.length; t++) {
      own[t] = Columns.dot(captions[t], images[owner[t]]);
      int before = best[owner[t]];
      if (before < 0 || own[t] > own[before]) {
        best[owner[t]] = t;
      }
    }
    var found = empty(images.length, captions.length);
    for (int from = 0; from < images.length; from += BLOCK) {
      Columns block = Columns.of(images, from, Math.min(images.length, from + BLOCK));
      for (int t = 0; t < captions.length; t++) {
        float[] similarities = block.times(captions[t]);
        for (int j = 0; j < similarities.length; j++) {
          int i = from + j;
          // An image's other captions never come before its best.
          if (i != owner[t]) {
            found.captionAgainst(t, i, owner[t], similarities[j], own[t]);
            found.imageAgainst(i, t, best[i], similarities[j], own);
          }
        }
      }
    }
    for (int i = 0; i < images.length; i++) {
      if (best[i] < 0) {
        found.imageRanks[i] = Ranking.NEVER;
      }
    }
    return found;
  }

  private static Retrieval empty(int images, int captions) {
    var found =
        new Retrieval(new int[images], new int[captions], new float[images], new float[captions]);
    Arrays.fill(found.imageMargins, Float.POSITIVE_INFINITY);
    Arrays.fill(found.captionMargins, Float.POSITIVE_INFINITY);
    return found;
  }

  private void captionAgainst(int t, int image, int owner, float similarity, float own) {
    if (similarity > own || (similarity == own && image < owner)) {
      captionRanks[t]++;
    }
    captionMargins[t] = Math.min(captionMargins[t], Math.abs(similarity - own));
  }

  private void imageAgainst(int i, int t, int best, float similarity, float[] own) {
    if (best < 0) {
      return;
    }
    if (similarity > own[best] || (similarity == own[best] && t < best)) {
      imageRanks[i]++;
    }
    imageMargins[i] = Math.min(imageMargins[i], Math.abs(similarity - own[best]));
  }

  /** The metrics by their reference names, and mean_recall@k, the mean of both directions. */
  public Metrics metrics() {
    var metrics = new Metrics.Builder();
    for (int k : KS) {
      double text = share(imageRanks, k);
      double image = share(captionRanks, k);
      // Captions of one image are not independent, so the intervals count images.
      metrics.share("image_retrieval_recall@" + k, image, imageRanks.length);
      metrics.share("text_retrieval_recall@" + k, text, imageRanks.length);
      metrics.share("mean_recall@" + k, 0.5 * (text + image), imageRanks.length);
    }
    return metrics.build();
  }

  private static double share(int[] ranks, int k) {
    int hits = 0;
    for (int rank : ranks) {
      if (rank < k) {
        hits++;
      }
    }
    return (float) hits / ranks.length;
  }
}
