package org.everclip.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.everclip.bench.LearningCurves.Draw;
import org.everclip.trainer.offline.HeldOut;
import org.jspecify.annotations.Nullable;

/**
 * Tables of the ablation as Markdown, every look as CSV and a plot. Brackets are 95 % of a paired
 * bootstrap over queries and seeds; with three seeds the part of the seeds is itself uncertain.
 */
final class LearningReport {

  private static final int DRAWS = 2000;
  private static final double[] LEVELS = {0.5, 0.75, 0.9, 1.0};

  private final Map<LearningArm, List<LearningLooks>> runs;
  private final Map<LearningArm, Double> rates;
  private final List<HeldOut> sets;
  private final int steps;
  private final LearningArm full;

  LearningReport(
      Map<LearningArm, List<LearningLooks>> runs,
      Map<LearningArm, Double> rates,
      List<HeldOut> sets,
      int steps,
      double lambda) {
    this.runs = runs;
    this.rates = rates;
    this.sets = sets;
    this.steps = steps;
    full = LearningArm.full(lambda);
  }

  /** Percent of right answers; 0 where there are none. */
  static double share(boolean @Nullable [] hits) {
    if (hits == null || hits.length == 0) {
      return 0;
    }
    int right = 0;
    for (boolean hit : hits) {
      right += hit ? 1 : 0;
    }
    return 100.0 * right / hits.length;
  }

  void write(Path out, PrintStream console) throws IOException {
    Path parent = out.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.writeString(out.resolveSibling(out.getFileName() + ".csv"), csv());
    if (!runs.containsKey(LearningArm.PLAIN)) {
      console.println("No run of the plain arm has ended yet.");
      return;
    }
    Files.writeString(
        out.resolveSibling(out.getFileName() + ".svg"), LearningPlot.svg(runs, sets, full));
    arms(console);
    if (runs.containsKey(full)) {
      againstBest(console);
      levels(console);
      bySet(console);
    }
  }

  private void arms(PrintStream out) {
    out.printf("%n| after %d steps | λ | rate | seeds ", steps);
    for (LearningMeasure measure : LearningMeasure.values()) {
      out.printf("| %s | against plain ", measure.label());
    }
    out.println("|\n|---|---|---|---|---|---|---|---|---|---|");
    for (LearningArm arm : runs.keySet()) {
      out.printf(
          Locale.ROOT,
          "| %s | %s | %s | %d ",
          arm.name(),
          arm.teachers() == 0 ? "" : arm.lambda(),
          rates.get(arm),
          runs(arm).size());
      for (LearningMeasure measure : LearningMeasure.values()) {
        LearningCurves curves = curves(arm, measure);
        out.printf(Locale.ROOT, "| %.1f%s ", curves.at(steps, curves.all()), spread(curves));
        out.print(
            arm.equals(LearningArm.PLAIN)
                ? "| "
                : "| "
                    + difference(curves(LearningArm.PLAIN, measure), steps, curves, steps)
                    + " ");
      }
      out.println("|");
    }
  }

  private void againstBest(PrintStream out) {
    int budget = curves(LearningArm.PLAIN, LearningMeasure.RECALL_AT_5).last();
    out.printf(
        Locale.ROOT,
        "%n| measure | plain, best of %d steps | plain, after %d | reinforced, after %d | against"
            + " plain's best |%n",
        budget,
        budget,
        curves(full, LearningMeasure.RECALL_AT_5).last());
    out.println("|---|---|---|---|---|");
    for (LearningMeasure measure : LearningMeasure.values()) {
      LearningCurves plain = curves(LearningArm.PLAIN, measure);
      LearningCurves arm = curves(full, measure);
      int best = plain.best(budget);
      out.printf(
          Locale.ROOT,
          "| %s | %.1f (step %d) | %.1f | %.1f | %s |%n",
          measure.label(),
          plain.at(best, plain.all()),
          best,
          plain.at(plain.last(), plain.all()),
          arm.at(arm.last(), arm.all()),
          difference(plain, best, arm, arm.last()));
    }
  }

  private void levels(PrintStream out) {
    LearningCurves plain = curves(LearningArm.PLAIN, LearningMeasure.RECALL_AT_5);
    LearningCurves arm = curves(full, LearningMeasure.RECALL_AT_5);
    out.println(
        "\n"
            + "| share of plain's best recall@5 | recall@5 | steps, plain | steps, reinforced |"
            + " ratio |");
    out.println("|---|---|---|---|---|");
    for (double level : LEVELS) {
      Draw all = plain.all();
      NavigableMap<Integer, Double> before = plain.curve(all);
      double recall = level * highest(before);
      out.printf(
          Locale.ROOT,
          "| %.0f %% | %.1f | %.0f | %.0f | %s |%n",
          100 * level,
          recall,
          LearningCurves.reaches(before, recall),
          LearningCurves.reaches(arm.curve(all), recall),
          interval(plain, draw -> ratio(plain, arm, level, draw), "%.1f [%.1f, %.1f]"));
    }
  }

  private static double ratio(LearningCurves plain, LearningCurves arm, double level, Draw draw) {
    NavigableMap<Integer, Double> before = plain.curve(draw);
    double recall = level * highest(before);
    double steps = LearningCurves.reaches(arm.curve(draw), recall);
    return Double.isNaN(steps) ? 0 : LearningCurves.reaches(before, recall) / steps;
  }

  private static double highest(Map<Integer, Double> curve) {
    return curve.values().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  private void bySet(PrintStream out) {
    out.printf("%n| set | n | measure | plain | reinforced (%d steps) | difference |%n", steps);
    out.println("|---|---|---|---|---|---|");
    for (HeldOut set : sets) {
      LearningMeasure measure =
          set.isClassification() ? LearningMeasure.ZERO_SHOT : LearningMeasure.RECALL_AT_5;
      var plain = new LearningCurves(runs(LearningArm.PLAIN), measure, List.of(set));
      var arm = new LearningCurves(runs(full), measure, List.of(set));
      out.printf(
          Locale.ROOT,
          "| %s | %d | %s | %.1f | %.1f | %s |%n",
          set.name(),
          set.size(),
          set.isClassification() ? "top-1" : "recall@5",
          plain.at(steps, plain.all()),
          arm.at(steps, arm.all()),
          difference(plain, steps, arm, steps));
    }
  }

  private String spread(LearningCurves curves) {
    return curves.seeds() < 2
        ? ""
        : String.format(
            Locale.ROOT, " ± %.1f", LearningCurves.standardDeviation(curves.spread(steps)));
  }

  private static String difference(
      LearningCurves plain, int plainStep, LearningCurves arm, int armStep) {
    return interval(
        plain.seeds() >= arm.seeds() ? plain : arm,
        draw -> arm.at(armStep, draw) - plain.at(plainStep, draw),
        "%+.1f [%+.1f, %+.1f]");
  }

  /** The figure itself, then 2.5 and 97.5 percent of its draws. */
  private static String interval(
      LearningCurves shape, ToDoubleFunction<Draw> figure, String format) {
    var random = new Random(1);
    double[] draws = new double[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
      draws[i] = figure.applyAsDouble(shape.draw(random));
    }
    Arrays.sort(draws);
    return String.format(
        Locale.ROOT,
        format,
        figure.applyAsDouble(shape.all()),
        draws[(int) (0.025 * DRAWS)],
        draws[(int) (0.975 * DRAWS)]);
  }

  private LearningCurves curves(LearningArm arm, LearningMeasure measure) {
    return new LearningCurves(runs(arm), measure, sets);
  }

  private List<LearningLooks> runs(LearningArm arm) {
    return Objects.requireNonNull(runs.get(arm), arm.name());
  }

  private String csv() {
    var lines = new ArrayList<String>();
    lines.add("arm,lambda,teachers,rate,seed,step,recall_at_1,recall_at_5,zero_shot");
    for (var arm : runs.entrySet()) {
      for (int seed = 1; seed <= arm.getValue().size(); seed++) {
        for (var look : arm.getValue().get(seed - 1).looks().entrySet()) {
          var line = new StringBuilder();
          LearningArm a = arm.getKey();
          line.append(
              String.format(
                  Locale.ROOT,
                  "%s,%s,%d,%s,%d,%d",
                  a.name(),
                  a.lambda(),
                  a.teachers(),
                  rates.get(a),
                  seed,
                  look.getKey()));
          for (LearningMeasure measure : LearningMeasure.values()) {
            List<boolean[]> hits = measure.hits(look.getValue(), sets);
            line.append(
                hits.isEmpty()
                    ? ","
                    : String.format(
                        Locale.ROOT,
                        ",%.2f",
                        hits.stream().mapToDouble(LearningReport::share).average().orElseThrow()));
          }
          lines.add(line.toString());
        }
      }
    }
    return String.join("\n", lines) + "\n";
  }
}
