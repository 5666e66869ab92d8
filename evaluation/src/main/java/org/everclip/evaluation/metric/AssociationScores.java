package org.everclip.evaluation.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * WinoGAViL: of the candidates as many are selected as there are associations, the most similar
 * ones, and compared with these by the Jaccard index; means over instances by number of candidates.
 * Source: datacomp, eval_utils/wino_eval.py. Not thread-safe.
 */
public final class AssociationScores {

  private static final Set<Character> VOWELS = Set.of('a', 'e', 'i', 'o', 'u');
  private static final int FEW = 6;
  private static final int MANY = 10;

  private final List<Integer> candidates = new ArrayList<>();
  private final List<Double> scores = new ArrayList<>();

  /** The prompt of a cue. */
  public static String prompt(String cue) {
    String lower = cue.toLowerCase(Locale.ROOT);
    return (VOWELS.contains(lower.charAt(0)) ? "An " : "A ") + lower;
  }

  /**
   * The {@code n} most similar candidates; of equal ones the later, as numpy's argsort leaves them.
   */
  public static Set<Integer> select(float[] similarities, int n) {
    List<Integer> ascending =
        IntStream.range(0, similarities.length)
            .boxed()
            .sorted(Comparator.comparing((Integer i) -> 0f + similarities[i]))
            .toList();
    return new HashSet<>(ascending.subList(ascending.size() - n, ascending.size()));
  }

  /** The smallest change of a similarity that could change the selection. */
  public static float margin(float[] similarities, int n) {
    float[] sorted = similarities.clone();
    Arrays.sort(sorted);
    int first = sorted.length - n;
    return first == 0 ? Float.POSITIVE_INFINITY : sorted[first] - sorted[first - 1];
  }

  /**
   * Adds an instance.
   *
   * @return its Jaccard index
   */
  public double add(Set<Integer> selected, Set<Integer> associations, int candidateCount) {
    var both = new HashSet<>(selected);
    both.retainAll(associations);
    double union = selected.size() + associations.size() - both.size();
    double jaccard = both.size() / union;
    candidates.add(candidateCount);
    scores.add(jaccard);
    return jaccard;
  }

  /** The metrics by their reference names; a mean of no instances is absent. */
  public Metrics metrics() {
    var metrics = new Metrics.Builder();
    mean(metrics, "avg_jaccard_score", n -> true);
    for (int exactly : new int[] {5, 6, 10, 12}) {
      mean(metrics, "jaccard_score_" + exactly, n -> n == exactly);
    }
    mean(metrics, "jaccard_score_5-6", n -> n <= FEW);
    mean(metrics, "jaccard_score_10-12", n -> n >= MANY);
    return metrics.build();
  }

  private void mean(Metrics.Builder metrics, String name, IntPredicate counts) {
    double[] chosen =
        IntStream.range(0, scores.size())
            .filter(i -> counts.test(candidates.get(i)))
            .mapToDouble(scores::get)
            .toArray();
    if (chosen.length > 0) {
      metrics.put(name, Arrays.stream(chosen).sum() / chosen.length, Bootstrap.ofMean(chosen));
    }
  }
}
