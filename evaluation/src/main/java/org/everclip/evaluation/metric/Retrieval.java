package org.everclip.evaluation.metric;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Image-text retrieval on normalised embeddings. image_retrieval_recall@k: share of captions whose
 * image is among its k best images; text_retrieval_recall@k: share of images with at least one own
 * caption among its k best captions. Equal similarities rank by ascending index.
 *
 * @param imageRanks best rank (0 = first) of an own caption, for each image
 * @param captionRanks rank of the own image, for each caption
 */
public record Retrieval(int[] imageRanks, int[] captionRanks) {

  private static final int[] KS = {1, 5, 10};

  /**
   * Ranks everything.
   *
   * @param images [N, d] unit rows
   * @param captions [M, d] unit rows
   * @param owner index of each caption's image
   */
  public static Retrieval of(float[][] images, float[][] captions, int[] owner) {
    int[] captionRanks = new int[captions.length];
    int[] imageRanks = new int[images.length];
    java.util.Arrays.fill(imageRanks, Integer.MAX_VALUE);
    float[][] similarity = new float[captions.length][images.length];
    for (int t = 0; t < captions.length; t++) {
      for (int i = 0; i < images.length; i++) {
        similarity[t][i] = dot(captions[t], images[i]);
      }
      captionRanks[t] = rank(similarity[t], owner[t]);
    }
    for (int t = 0; t < captions.length; t++) {
      int i = owner[t];
      int better = 0;
      for (int other = 0; other < captions.length; other++) {
        if (similarity[other][i] > similarity[t][i]
            || (similarity[other][i] == similarity[t][i] && other < t)) {
          better++;
        }
      }
      imageRanks[i] = Math.min(imageRanks[i], better);
    }
    return new Retrieval(imageRanks, captionRanks);
  }

  /** The metrics by their reference names, and mean_recall@k, the mean of both directions. */
  public Map<String, Double> metrics() {
    var metrics = new LinkedHashMap<String, Double>();
    for (int k : KS) {
      double text = share(imageRanks, k);
      double image = share(captionRanks, k);
      metrics.put("image_retrieval_recall@" + k, image);
      metrics.put("text_retrieval_recall@" + k, text);
      metrics.put("mean_recall@" + k, 0.5 * (text + image));
    }
    return metrics;
  }

  private static int rank(float[] row, int own) {
    int better = 0;
    for (int i = 0; i < row.length; i++) {
      if (row[i] > row[own] || (row[i] == row[own] && i < own)) {
        better++;
      }
    }
    return better;
  }

  private static double share(int[] ranks, int k) {
    int hits = 0;
    for (int rank : ranks) {
      if (rank < k) {
        hits++;
      }
    }
    return (double) hits / ranks.length;
  }

  private static float dot(float[] a, float[] b) {
    float sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += a[d] * b[d];
    }
    return sum;
  }
}
