package org.everclip.dashboard.view;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.dashboard.feed.Curve;
import org.everclip.dashboard.feed.ReadModel;
import org.jspecify.annotations.Nullable;

/** Curves by run, thinned to what a chart can show, and what each round did and cost. */
final class TrainingView {

  static final int MAX_POINTS = 600;

  /** One curve; each point is the mean of the steps that it stands for. */
  record Series(List<Long> steps, List<Double> values) {}

  record Run(
      String run,
      String model,
      int round,
      long lastStep,
      Instant time,
      Map<String, Double> last,
      Map<String, Series> series,
      List<Curve.Mark> published,
      List<Curve.Round> rounds) {}

  /**
   * What a version's manifest says of its round.
   *
   * @param account samples, seconds, operations, money; empty when the version has none
   * @param shares samples by period
   */
  record Spent(
      String model,
      int round,
      int version,
      Instant created,
      Map<String, Object> account,
      Map<String, Object> shares,
      @Nullable Object skippedSteps,
      @Nullable Object pairsNew) {}

  record Training(List<Run> runs, List<Spent> rounds) {}

  private final ReadModel model;

  TrainingView(ReadModel model) {
    this.model = model;
  }

  /** The runs, the one that was active last first; rounds newest first, at most so many. */
  Training training(int rounds) {
    return new Training(runs(), spent(rounds));
  }

  List<Run> runs() {
    var runs = new ArrayList<Run>();
    model.curves().snapshots().forEach((name, curve) -> runs.add(run(name, curve)));
    runs.sort((a, b) -> b.time().compareTo(a.time()));
    return runs;
  }

  private List<Spent> spent(int limit) {
    var spent = new ArrayList<Spent>();
    model
        .versions()
        .forEach(
            (name, versions) -> {
              for (int i = versions.size() - 1; i >= 0 && i >= versions.size() - limit; i--) {
                spent.add(spent(name, versions.get(i)));
              }
            });
    return spent;
  }

  private static Spent spent(String name, VersionInfo info) {
    Manifest manifest = info.manifest();
    Map<String, Object> details = manifest.details();
    return new Spent(
        name,
        manifest.round(),
        info.version(),
        manifest.created(),
        map(details.get("account")),
        map(details.get("replayShares")),
        details.get("skippedSteps"),
        details.get("pairsNew"));
  }

  private static Map<String, Object> map(@Nullable Object value) {
    var map = new TreeMap<String, Object>();
    if (value instanceof Map<?, ?> entries) {
      entries.forEach(
          (key, entry) -> {
            if (entry != null) {
              map.put(String.valueOf(key), entry);
            }
          });
    }
    return map;
  }

  private static Run run(String name, Curve.Snapshot curve) {
    var series = new TreeMap<String, Series>();
    curve.series().forEach((key, all) -> series.put(key, thin(all)));
    return new Run(
        name,
        curve.model(),
        curve.round(),
        curve.lastStep(),
        curve.time(),
        curve.last(),
        series,
        curve.published(),
        curve.rounds());
  }

  private static Series thin(Curve.Series all) {
    int size = 0;
    for (double value : all.values()) {
      size += Double.isNaN(value) ? 0 : 1;
    }
    int points = Math.min(MAX_POINTS, size);
    var steps = new ArrayList<Long>(points);
    var values = new ArrayList<Double>(points);
    double sum = 0;
    int count = 0;
    int seen = 0;
    for (int i = 0; i < all.values().length; i++) {
      if (Double.isNaN(all.values()[i])) {
        continue;
      }
      sum += all.values()[i];
      count++;
      seen++;
      if ((long) seen * points / size > steps.size()) {
        steps.add(all.steps()[i]);
        values.add(sum / count);
        sum = 0;
        count = 0;
      }
    }
    return new Series(steps, values);
  }
}
