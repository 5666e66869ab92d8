package org.everclip.evaluation.metric;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.everclip.evaluation.metric.Interval.Share;

/**
 * ARO: the best of the prepared captions, the first of equal ones. Order tasks report precision@1;
 * relation and attribution the plain mean of the accuracies of their groups. Source:
 * mertyg/vision-language-models-are-bows, dataset_zoo/aro_datasets.py; that symmetric relations are
 * left out is its notebook's doing. Not thread-safe.
 */
public final class ChoiceScores {

  /** Pairs of attributes with fewer cases are left out. */
  private static final int FEWEST_CASES = 25;

  private final Map<String, int[]> rightAndSeen = new TreeMap<>();
  private int right;
  private int seen;

  /** Index of the best caption, the first of equal ones. */
  public static int best(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    return best;
  }

  /** The smallest change of a score that could change whether {@code answer} is chosen. */
  public static float margin(float[] scores, int answer) {
    float other = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < scores.length; i++) {
      if (i != answer) {
        other = Math.max(other, scores[i]);
      }
    }
    return Math.abs(scores[answer] - other);
  }

  /** Adds a case of a group. */
  public void add(boolean isRight, String group) {
    int[] counts = rightAndSeen.computeIfAbsent(group, name -> new int[2]);
    counts[1]++;
    seen++;
    if (isRight) {
      counts[0]++;
      right++;
    }
  }

  /** A group's accuracy. */
  public record GroupRecord(String group, double accuracy, int count) {}

  /** The groups' accuracies in alphabetical order. */
  public List<GroupRecord> records() {
    var records = new ArrayList<GroupRecord>();
    rightAndSeen.forEach(
        (group, counts) ->
            records.add(new GroupRecord(group, (double) counts[0] / counts[1], counts[1])));
    return records;
  }

  /** precision@1. */
  public Metrics order() {
    return new Metrics.Builder().share("precision@1", (double) right / seen, seen).build();
  }

  /** The mean over relations, without the symmetric ones. */
  public Metrics relation(Set<String> symmetric) {
    return macro((group, count) -> !symmetric.contains(group));
  }

  /** The mean over pairs of attributes with at least 25 cases. */
  public Metrics attribution() {
    return macro((group, count) -> count >= FEWEST_CASES);
  }

  private Metrics macro(BiPredicate<String, Integer> counts) {
    List<Share> shares =
        records().stream()
            .filter(r -> counts.test(r.group(), r.count()))
            .map(r -> new Share(r.accuracy(), r.count()))
            .toList();
    var metrics = new Metrics.Builder().share("accuracy", (double) right / seen, seen);
    if (!shares.isEmpty()) {
      double mean = shares.stream().mapToDouble(Share::value).sum() / shares.size();
      metrics.put("macro_accuracy", mean, Interval.ofMean(shares));
    }
    return metrics.build();
  }
}
