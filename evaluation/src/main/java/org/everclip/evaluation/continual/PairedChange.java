package org.everclip.evaluation.continual;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.metric.Interval;

/**
 * How a task's verdicts changed between two versions on the same samples. An image and its captions
 * are one unit of the bootstrap, because their verdicts hang together.
 *
 * @param delta share that is right after, minus before
 * @param interval 95 % of the delta, paired percentile bootstrap, seeded
 */
public record PairedChange(Flips flips, double delta, Interval interval) {

  private static final int REPLICATES = 1000;
  private static final long SEED = 0x51;
  private static final double TAIL = 0.025;
  private static final String IMAGE = "image ";
  private static final String OF = " of ";

  /** Compares; samples that only one of the lists has are left out, the order does not matter. */
  public static PairedChange between(List<Judgement> before, List<Judgement> after) {
    Units units = units(before, after);
    double[] deltas = units.replicates(new SplittableRandom(SEED), REPLICATES);
    Arrays.sort(deltas);
    int cut = (int) (TAIL * REPLICATES);
    return new PairedChange(
        units.flips, units.delta(), new Interval(deltas[cut], deltas[REPLICATES - 1 - cut]));
  }

  /**
   * The probability that the mean over tasks is higher after than before: the share of bootstrap
   * replicates in which it is, equal ones counted half.
   *
   * @param tasks verdicts before and after, by task
   */
  public static double better(List<List<List<Judgement>>> tasks) {
    double[] sums = new double[REPLICATES];
    var random = new SplittableRandom(SEED);
    for (List<List<Judgement>> task : tasks) {
      double[] deltas = units(task.get(0), task.get(1)).replicates(random, REPLICATES);
      for (int r = 0; r < REPLICATES; r++) {
        sums[r] += deltas[r];
      }
    }
    double higher = 0;
    for (double sum : sums) {
      higher += sum > 0 ? 1 : sum == 0 ? 0.5 : 0;
    }
    return higher / REPLICATES;
  }

  private static Units units(List<Judgement> before, List<Judgement> after) {
    Map<String, Judgement> old = new HashMap<>();
    before.forEach(judgement -> old.put(judgement.key(), judgement));
    Map<String, int[]> byUnit = new TreeMap<>();
    int shared = 0;
    int wasRight = 0;
    int negative = 0;
    int positive = 0;
    int inconsistent = 0;
    for (Judgement now : after) {
      Judgement was = old.get(now.key());
      if (was == null) {
        continue;
      }
      shared++;
      wasRight += was.right() ? 1 : 0;
      negative += was.right() && !now.right() ? 1 : 0;
      positive += !was.right() && now.right() ? 1 : 0;
      inconsistent += !now.right() && was.answer() != now.answer() ? 1 : 0;
      int[] unit = byUnit.computeIfAbsent(unit(now.key()), key -> new int[2]);
      unit[0] += (now.right() ? 1 : 0) - (was.right() ? 1 : 0);
      unit[1]++;
    }
    var flips = new Flips(shared, wasRight, negative, positive, inconsistent);
    return new Units(flips, new ArrayList<>(byUnit.values()));
  }

  private static String unit(String key) {
    if (key.startsWith(IMAGE)) {
      return key.substring(IMAGE.length());
    }
    int of = key.indexOf(OF);
    return key.startsWith("caption ") && of > 0 ? key.substring(of + OF.length()) : key;
  }

  /** Change and number of samples of each unit. */
  private record Units(Flips flips, List<int[]> units) {

    double delta() {
      return flips.positiveRate() - flips.negativeRate();
    }

    double[] replicates(SplittableRandom random, int count) {
      double[] deltas = new double[count];
      int n = units.size();
      for (int r = 0; r < count && n > 0; r++) {
        long change = 0;
        long samples = 0;
        for (int i = 0; i < n; i++) {
          int[] unit = units.get(random.nextInt(n));
          change += unit[0];
          samples += unit[1];
        }
        deltas[r] = (double) change / samples;
      }
      return deltas;
    }
  }
}
