package org.everclip.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.everclip.bench.LearningLooks.Look;
import org.everclip.trainer.offline.HeldOut;

/**
 * One measure of one arm over steps and seeds, so that it can be drawn again: queries with
 * replacement within each set, seeds with replacement. Two arms compared with the same draw are
 * compared on the same queries and seeds.
 */
final class LearningCurves {

  /**
   * One resampling.
   *
   * @param seeds how often each seed counts
   * @param queries by set, how often each query counts
   */
  record Draw(int[] seeds, int[][] queries) {}

  /** Right answers by seed, then by set. */
  private final NavigableMap<Integer, List<List<boolean[]>>> steps = new TreeMap<>();

  private final int seeds;

  /** Takes the steps at which every run has looked. */
  LearningCurves(List<LearningLooks> runs, LearningMeasure measure, List<HeldOut> sets) {
    this(runs, look -> measure.hits(look, sets));
  }

  /**
   * @param hitsOf by set, whether each query was right; empty for a look that does not count
   */
  LearningCurves(List<LearningLooks> runs, Function<Look, List<boolean[]>> hitsOf) {
    seeds = runs.size();
    for (int step : runs.get(0).looks().keySet()) {
      var hits = new ArrayList<List<boolean[]>>();
      for (LearningLooks run : runs) {
        var look = run.looks().get(step);
        List<boolean[]> found = look == null ? List.of() : hitsOf.apply(look);
        if (!found.isEmpty()) {
          hits.add(found);
        }
      }
      if (hits.size() == seeds) {
        steps.put(step, hits);
      }
    }
  }

  int seeds() {
    return seeds;
  }

  /** Every query and seed once. */
  Draw all() {
    List<boolean[]> first = steps.values().iterator().next().get(0);
    int[][] queries = new int[first.size()][];
    for (int set = 0; set < queries.length; set++) {
      queries[set] = new int[first.get(set).length];
      Arrays.fill(queries[set], 1);
    }
    int[] each = new int[seeds];
    Arrays.fill(each, 1);
    return new Draw(each, queries);
  }

  Draw draw(Random random) {
    Draw all = all();
    return new Draw(
        resampled(all.seeds().length, random),
        Arrays.stream(all.queries())
            .map(set -> resampled(set.length, random))
            .toArray(int[][]::new));
  }

  private static int[] resampled(int count, Random random) {
    int[] times = new int[count];
    for (int i = 0; i < count; i++) {
      times[random.nextInt(count)]++;
    }
    return times;
  }

  /** Percent at each step; an arm with fewer seeds than the draw uses the first of them. */
  NavigableMap<Integer, Double> curve(Draw draw) {
    NavigableMap<Integer, Double> curve = new TreeMap<>();
    steps.keySet().forEach(step -> curve.put(step, at(step, draw)));
    return curve;
  }

  double at(int step, Draw draw) {
    double sum = 0;
    int times = 0;
    List<List<boolean[]>> hits = hits(step);
    for (int seed = 0; seed < seeds; seed++) {
      int weight = draw.seeds()[seed];
      if (weight > 0) {
        sum += weight * mean(hits.get(seed), draw.queries());
        times += weight;
      }
    }
    return times == 0 ? mean(hits.get(0), draw.queries()) : sum / times;
  }

  /** The value of each seed, all queries. */
  double[] spread(int step) {
    int[][] queries = all().queries();
    return hits(step).stream().mapToDouble(hits -> mean(hits, queries)).toArray();
  }

  private List<List<boolean[]>> hits(int step) {
    return Objects.requireNonNull(steps.get(step), "no look at step " + step);
  }

  private static double mean(List<boolean[]> sets, int[][] queries) {
    double sum = 0;
    for (int set = 0; set < queries.length; set++) {
      int right = 0;
      boolean[] hits = sets.get(set);
      int[] times = queries[set];
      for (int query = 0; query < times.length; query++) {
        right += hits[query] ? times[query] : 0;
      }
      sum += (double) right / times.length;
    }
    return 100 * sum / queries.length;
  }

  /** The step with the highest mean up to a step. */
  int best(int upTo) {
    Draw all = all();
    return steps.headMap(upTo, true).keySet().stream()
        .max(
            Comparator.comparingDouble((Integer step) -> at(step, all))
                .thenComparing(Comparator.reverseOrder()))
        .orElseThrow();
  }

  int last() {
    return steps.lastKey();
  }

  /** The first step at which a curve reaches a level, between looks by a straight line; or NaN. */
  static double reaches(Map<Integer, Double> curve, double level) {
    double stepBefore = 0;
    double before = 0;
    for (var look : curve.entrySet()) {
      if (look.getValue() >= level) {
        double share = (level - before) / Math.max(look.getValue() - before, 1e-9);
        return stepBefore + Math.max(0, share) * (look.getKey() - stepBefore);
      }
      stepBefore = look.getKey();
      before = look.getValue();
    }
    return Double.NaN;
  }

  static double standardDeviation(double[] values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    return values.length < 2
        ? Double.NaN
        : Math.sqrt(
            IntStream.range(0, values.length)
                    .mapToDouble(i -> (values[i] - mean) * (values[i] - mean))
                    .sum()
                / (values.length - 1));
  }
}
