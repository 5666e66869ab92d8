package org.everclip.evaluation.promotion;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.config.EverclipConfig.Promotion;
import org.everclip.evaluation.continual.Flips;
import org.everclip.evaluation.promotion.Measured.Score;

/**
 * The rule that moves {@code main}: on the tasks that both versions were measured on with the same
 * data, the mean must not fall, no task and no period may fall far outside its noise, few samples
 * may flip from right to wrong, it must not become slow, nothing that main was measured on may be
 * missing, and required tasks must be there. Pure; thread-safe.
 */
public final class PromotionGate {

  private final Promotion rule;

  public PromotionGate(Promotion rule) {
    this.rule = rule;
  }

  /** Decides on the first version: it becomes main when it was measured on the required tasks. */
  public Decision first(Measured candidate) {
    List<String> refusals = missing(candidate);
    if (candidate.scores().isEmpty()) {
      refusals.add("no task could be measured");
    }
    boolean promote = refusals.isEmpty();
    if (promote) {
      refusals.add(
          "there is no %s yet, and %d of %d tasks have a result"
              .formatted(rule.alias(), candidate.scores().size(), possible(candidate)));
    }
    return Decision.without(promote, refusals);
  }

  /** Decides on a candidate against the version that main points to. */
  public Decision against(Measured main, Measured candidate, Flips flips) {
    var verdict = new Findings(missing(candidate));
    var deltas = new TreeMap<String, Double>();
    candidate.scores().forEach((task, after) -> compare(task, main, after, deltas, verdict));
    lost(main, candidate, verdict);
    mean(main, candidate, deltas, verdict);
    worst(main, candidate, deltas, verdict);
    candidate
        .cells()
        .forEach(
            (period, after) -> {
              Score before = main.cells().get(period);
              if (before != null && before.suite().equals(after.suite())) {
                drop(period, before, after, verdict);
              }
            });
    flips(flips, verdict);
    latency(main, candidate, verdict);
    boolean promote = verdict.refusals.isEmpty();
    return new Decision(promote, verdict.sentences(), deltas, verdict.figures, flips);
  }

  private void compare(
      String task, Measured main, Score after, Map<String, Double> deltas, Findings findings) {
    Score before = main.scores().get(task);
    if (before == null || !before.suite().equals(after.suite())) {
      findings.notes.add(
          "%s was not measured on the same data for %s".formatted(task, main.name()));
    } else {
      deltas.put(task, after.value() - before.value());
      drop(task, before, after, findings);
    }
  }

  private void drop(String task, Score before, Score after, Findings findings) {
    double fall = before.value() - after.value();
    double noise = noise(before, after);
    if (fall > rule.maxTaskDrop() + noise) {
      findings.refusals.add(
          "%s falls by %s points, more than the allowed %s plus its noise of %s"
              .formatted(task, points(fall), points(rule.maxTaskDrop()), points(noise)));
    }
  }

  private static double noise(Score before, Score after) {
    return Math.max(before.value() - before.low(), after.high() - after.value());
  }

  private static void lost(Measured main, Measured candidate, Findings findings) {
    for (String task : new TreeMap<>(main.scores()).keySet()) {
      String why = candidate.unmeasured().get(task);
      if (why != null) {
        findings.refusals.add(
            "%s has a result for %s and none for the candidate (%s)"
                .formatted(task, main.name(), why.replace(";", ",")));
      }
    }
  }

  private void mean(
      Measured main, Measured candidate, Map<String, Double> deltas, Findings findings) {
    findings.figures.put("mean.tasks", (double) deltas.size());
    findings.figures.put("mean.possible", (double) possible(candidate));
    if (deltas.isEmpty()) {
      findings.refusals.add("no task was measured on the same data for both versions");
      return;
    }
    double mean = deltas.values().stream().mapToDouble(Double::doubleValue).average().orElse(0);
    findings.figures.put("mean", mean);
    String change =
        "mean over %d of %d tasks changes by %s points against %s"
            .formatted(deltas.size(), possible(candidate), points(mean), main.name());
    if (mean < rule.minGain()) {
      findings.refusals.add(change + ", required is at least " + points(rule.minGain()));
    } else {
      findings.notes.add(0, change);
    }
  }

  private static void worst(
      Measured main, Measured candidate, Map<String, Double> deltas, Findings findings) {
    deltas.entrySet().stream()
        .min(Map.Entry.comparingByValue())
        .ifPresent(
            worst -> {
              String task = worst.getKey();
              double delta = worst.getValue();
              findings.figures.put("worst", delta);
              Score before = main.scores().get(task);
              Score after = candidate.scores().get(task);
              if (before != null && after != null && delta < 0) {
                findings.notes.add(
                    "the worst task is %s with %s points, %s its noise of %s"
                        .formatted(
                            task,
                            points(delta),
                            -delta > noise(before, after) ? "beyond" : "within",
                            points(noise(before, after))));
              } else {
                findings.notes.add("no task falls");
              }
            });
  }

  private void flips(Flips flips, Findings findings) {
    String p = flips.p() < 0.001 ? "p < 0.001" : String.format(Locale.ROOT, "p = %.3f", flips.p());
    if (flips.negativeRate() > rule.maxNegativeFlips()) {
      findings.refusals.add(
          "%d of %d samples flip from right to wrong (%s %%, %s), allowed are %s %%"
              .formatted(
                  flips.negative(),
                  flips.shared(),
                  points(flips.negativeRate()),
                  p,
                  points(rule.maxNegativeFlips())));
    } else {
      findings.notes.add(
          "%d of %d samples flip from right to wrong, %d the other way (%s)"
              .formatted(flips.negative(), flips.shared(), flips.positive(), p));
    }
  }

  /** Refuses only what is slower beyond the noise of both measurements. */
  private void latency(Measured main, Measured candidate, Findings findings) {
    Score before = main.latency();
    Score after = candidate.latency();
    if (before == null || after == null || !before.suite().equals(after.suite())) {
      return;
    }
    double ratio = after.value() / before.value();
    findings.figures.put("latency.ratio", ratio);
    String sentence =
        String.format(
            Locale.ROOT,
            "one picture and one text take %.1f ms (%s: %.1f ms)",
            after.value(),
            main.name(),
            before.value());
    if (rule.maxLatencyRatio() > 0 && after.low() > rule.maxLatencyRatio() * before.high()) {
      findings.refusals.add(
          String.format(
              Locale.ROOT, "%s, allowed is %.2f times as long", sentence, rule.maxLatencyRatio()));
    } else {
      findings.notes.add(sentence);
    }
  }

  private List<String> missing(Measured candidate) {
    var missing = new ArrayList<String>();
    for (String task : rule.requiredTasks()) {
      if (!candidate.scores().containsKey(task)) {
        String why = candidate.unmeasured().getOrDefault(task, "there is no such task");
        missing.add("required task %s has no result (%s)".formatted(task, why.replace(";", ",")));
      }
    }
    return missing;
  }

  private static int possible(Measured version) {
    return version.scores().size() + version.unmeasured().size();
  }

  private static String points(double share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share);
  }

  /** What speaks against, what else there is to say, and the figures behind both. */
  private static final class Findings {

    private final List<String> refusals;
    private final List<String> notes = new ArrayList<>();
    private final Map<String, Double> figures = new TreeMap<>();

    Findings(List<String> refusals) {
      this.refusals = refusals;
    }

    List<String> sentences() {
      var all = new ArrayList<>(refusals);
      all.addAll(notes);
      return all;
    }
  }
}
