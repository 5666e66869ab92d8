package org.everclip.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What policies of rehearsal come to: with E[i][j] the recall on period j after round i, in-domain
 * is the mean of j = i, backward transfer of j &lt; i, forward transfer of j &gt; i (TiC-CLIP, Garg
 * et al., arXiv 2310.16226). Differences to {@code none} are of equal seeds.
 */
final class RehearsalReport {

  private static final String NONE = "none";

  /** 97.5 % quantile of Student's t by degrees of freedom, from 1. */
  private static final double[] T = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262
  };

  private final Map<String, List<List<RehearsalLook>>> outcomes;
  private final List<Integer> seeds;
  private final int periods;
  private final int steps;

  /** Which cells of E belong to a transfer. */
  private enum Transfer {
    IN_DOMAIN("in-domain", 0),
    BACKWARD("backward", -1),
    FORWARD("forward", 1);

    private final String title;
    private final int sign;

    Transfer(String title, int sign) {
      this.title = title;
      this.sign = sign;
    }

    boolean has(int round, int period) {
      return Integer.signum(period - round) == sign;
    }
  }

  /**
   * @param outcomes looks by policy, then by seed
   * @param steps of a round
   */
  RehearsalReport(
      Map<String, List<List<RehearsalLook>>> outcomes,
      List<Integer> seeds,
      int periods,
      int steps) {
    this.outcomes = outcomes;
    this.seeds = seeds;
    this.periods = periods;
    this.steps = steps;
  }

  /** The last look of a round, counted from 0. */
  static RehearsalLook end(List<RehearsalLook> looks, int round) {
    return looks.stream()
        .filter(look -> look.round() == round + 1)
        .reduce((first, second) -> second)
        .orElseThrow();
  }

  String csv() {
    var csv = new StringBuilder("policy,seed,round,step,period,recallAt1,recallAt5\n");
    outcomes.forEach(
        (policy, runs) -> {
          for (int i = 0; i < runs.size(); i++) {
            for (RehearsalLook look : runs.get(i)) {
              for (int period = 0; period < periods; period++) {
                csv.append(
                    String.format(
                        Locale.ROOT,
                        "%s,%d,%d,%d,%d,%.2f,%.2f%n",
                        policy,
                        seeds.get(i),
                        look.round(),
                        look.step(),
                        period + 1,
                        look.recall(1, period),
                        look.recall(5, period)));
              }
            }
          }
        });
    return csv.toString();
  }

  String markdown() {
    var text =
        new StringBuilder(
            "| policy | in-domain @1 | backward @1 | forward @1 | in-domain @5 | backward @5 | forward @5 | last, all periods @5 |\n|---|---|---|---|---|---|---|---|\n");
    outcomes.forEach(
        (policy, runs) -> {
          boolean scratch = policy.equals(RehearsalRounds.SCRATCH);
          text.append("| ")
              .append(
                  scratch ? "new start, all pairs, %d steps".formatted(steps * periods) : policy);
          for (int k : new int[] {1, 5}) {
            for (Transfer transfer : Transfer.values()) {
              text.append(" | ");
              if (!scratch) {
                text.append(spread(runs.stream().map(run -> mean(run, transfer, k)).toList()));
              }
            }
          }
          int last = scratch ? 0 : periods - 1;
          text.append(" | ")
              .append(spread(runs.stream().map(run -> end(run, last).mean(5)).toList()))
              .append(" |\n");
        });
    List<List<RehearsalLook>> none = outcomes.getOrDefault(NONE, List.of());
    if (!none.isEmpty()) {
      differences(text, none);
    }
    List<List<RehearsalLook>> scratch = outcomes.getOrDefault(RehearsalRounds.SCRATCH, List.of());
    if (!scratch.isEmpty()) {
      warmStarts(text, scratch);
    }
    return text.toString();
  }

  private void differences(StringBuilder text, List<List<RehearsalLook>> none) {
    text.append(
        "\n| minus none | measure | by seed | mean, 95 % over seeds (t) | 95 % over queries (bootstrap) |\n|---|---|---|---|---|\n");
    outcomes.forEach(
        (policy, runs) -> {
          if (policy.equals(NONE) || policy.equals(RehearsalRounds.SCRATCH)) {
            return;
          }
          for (int k : new int[] {1, 5}) {
            for (Transfer transfer : Transfer.values()) {
              var each = new ArrayList<Double>();
              for (int i = 0; i < runs.size(); i++) {
                each.add(mean(runs.get(i), transfer, k) - mean(none.get(i), transfer, k));
              }
              var queries =
                  PairedBootstrap.compare(
                      queries(none, transfer, k), queries(runs, transfer, k), 1);
              text.append(
                  String.format(
                      Locale.ROOT,
                      "| %s | %s @%d | %s | %s | [%+.1f, %+.1f] |%n",
                      policy,
                      transfer.title,
                      k,
                      String.join(", ", each.stream().map(d -> "%+.1f".formatted(d)).toList()),
                      interval(each),
                      queries.low(),
                      queries.high()));
            }
          }
        });
  }

  /** Steps after the last period's arrival until the new start's result is reached. */
  private void warmStarts(StringBuilder text, List<List<RehearsalLook>> scratch) {
    text.append('\n');
    outcomes.forEach(
        (policy, runs) -> {
          if (policy.equals(RehearsalRounds.SCRATCH)) {
            return;
          }
          for (int i = 0; i < runs.size(); i++) {
            double goal = end(scratch.get(i), 0).mean(5);
            warmStart(text, policy + ", seed " + seeds.get(i), runs.subList(i, i + 1), goal);
          }
          if (runs.size() > 1) {
            double goal =
                scratch.stream().mapToDouble(run -> end(run, 0).mean(5)).average().orElseThrow();
            warmStart(text, policy + ", mean of the seeds", runs, goal);
          }
        });
  }

  /**
   * @param runs all with looks at the same steps
   * @param goal recall@5 of the new start, mean over the periods
   */
  private void warmStart(
      StringBuilder text, String title, List<List<RehearsalLook>> runs, double goal) {
    int all = steps * periods;
    List<RehearsalLook> moments = runs.get(0);
    String reached =
        IntStream.range(0, moments.size())
            .filter(i -> moments.get(i).round() >= periods && average(runs, i) >= goal)
            .mapToObj(moments::get)
            .findFirst()
            .map(look -> look.step() + (look.round() - periods) * steps)
            .map(
                step ->
                    "reaches it %d steps after the last period came, %.0f %% of %d"
                        .formatted(step, 100.0 * step / all, all))
            .orElse("does not reach it");
    text.append(String.format(Locale.ROOT, "- %s (new start %.1f): %s%n", title, goal, reached));
  }

  private static double average(List<List<RehearsalLook>> runs, int moment) {
    return runs.stream().mapToDouble(run -> run.get(moment).mean(5)).average().orElseThrow();
  }

  private double mean(List<RehearsalLook> run, Transfer transfer, int k) {
    double sum = 0;
    int count = 0;
    for (int round = 0; round < periods; round++) {
      for (int period = 0; period < periods; period++) {
        if (transfer.has(round, period)) {
          sum += end(run, round).recall(k, period);
          count++;
        }
      }
    }
    return sum / count;
  }

  /**
   * By period, then by query: the share of seeds and rounds that had it right, weighted so that the
   * mean over the periods is the mean over the transfer's cells.
   */
  private List<double[]> queries(List<List<RehearsalLook>> runs, Transfer transfer, int k) {
    var sets = new ArrayList<double[]>();
    int cells = 0;
    for (int period = 0; period < periods; period++) {
      double[] shares = new double[end(runs.get(0), 0).hits(k).get(period).length];
      int rounds = 0;
      for (int round = 0; round < periods; round++) {
        if (transfer.has(round, period)) {
          rounds++;
          for (List<RehearsalLook> run : runs) {
            boolean[] hits = end(run, round).hits(k).get(period);
            for (int i = 0; i < hits.length; i++) {
              shares[i] += hits[i] ? 1.0 / runs.size() : 0;
            }
          }
        }
      }
      cells += rounds;
      if (rounds > 0) {
        sets.add(shares);
      }
    }
    for (double[] shares : sets) {
      for (int i = 0; i < shares.length; i++) {
        shares[i] *= (double) sets.size() / cells;
      }
    }
    return sets;
  }

  private static String interval(List<Double> values) {
    double mean = values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    if (values.size() < 2 || values.size() - 1 > T.length) {
      return String.format(Locale.ROOT, "%+.1f", mean);
    }
    double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    double error = Math.sqrt(squares / (values.size() - 1) / values.size());
    double half = T[values.size() - 2] * error;
    return String.format(Locale.ROOT, "%+.1f [%+.1f, %+.1f]", mean, mean - half, mean + half);
  }

  private static String spread(List<Double> values) {
    double mean = values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    double low = values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    double high = values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    return String.format(Locale.ROOT, "%.1f (%.1f to %.1f)", mean, low, high);
  }
}
