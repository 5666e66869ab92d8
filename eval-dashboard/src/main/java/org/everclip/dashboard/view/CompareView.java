package org.everclip.dashboard.view;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.dashboard.feed.ReadModel;
import org.jspecify.annotations.Nullable;

/**
 * Two versions side by side: first what differs in how they were made, then what differs in what
 * they can do.
 *
 * <p>Intervals of a change are Newcombe's hybrid score intervals (1998, method 10) of the two
 * Wilson intervals. Both versions saw the same samples, so these intervals are wider than those of
 * a paired comparison: a change that they call clear is clear. Where the evaluator has compared the
 * two sample by sample, its finding is there, too.
 */
final class CompareView {

  /** A setting that differs; null where a version does not have it. */
  record Difference(String name, @Nullable String first, @Nullable String second) {}

  /**
   * One task.
   *
   * @param change second minus first, 0..1
   * @param clear whether the interval excludes 0
   * @param sameSuite values of different suites were measured on different data: no change then
   * @param paired what the evaluator found on the same samples; null when it did not compare them
   */
  record Change(
      String group,
      String task,
      String metric,
      @Nullable Double first,
      @Nullable Double second,
      @Nullable Double change,
      @Nullable Double low,
      @Nullable Double high,
      boolean clear,
      boolean sameSuite,
      PairedChanges.@Nullable Paired paired) {}

  /** Samples that flipped from the first version to the second one. */
  record Flips(long shared, long negative, long positive) {}

  private final PairedChanges paired;

  record Comparison(
      String model,
      int first,
      int second,
      List<Difference> configuration,
      int same,
      List<Change> tasks,
      @Nullable Flips flips) {}

  private final ReadModel model;
  private final BenchmarksView benchmarks;
  private final Decisions decisions;

  CompareView(ReadModel model, ResultIndex index, BenchmarksView benchmarks, Decisions decisions) {
    this.model = model;
    this.paired = new PairedChanges(index);
    this.benchmarks = benchmarks;
    this.decisions = decisions;
  }

  /** Empty when one of the versions is not known. */
  Optional<Comparison> compare(String name, int first, int second) {
    VersionInfo one = version(name, first);
    VersionInfo other = version(name, second);
    if (one == null || other == null) {
      return Optional.empty();
    }
    Map<String, String> left = settings(one);
    Map<String, String> right = settings(other);
    var names = new TreeSet<>(left.keySet());
    names.addAll(right.keySet());
    var differences = new ArrayList<Difference>();
    for (String key : names) {
      if (!Objects.equals(left.get(key), right.get(key))) {
        differences.add(new Difference(key, left.get(key), right.get(key)));
      }
    }
    return Optional.of(
        new Comparison(
            name,
            first,
            second,
            differences,
            names.size() - differences.size(),
            changes(name, first, second),
            flips(name, first, second)));
  }

  private @Nullable VersionInfo version(String name, int version) {
    return model.versions().getOrDefault(name, List.of()).stream()
        .filter(info -> info.version() == version)
        .findFirst()
        .orElse(null);
  }

  private static Map<String, String> settings(VersionInfo info) {
    Manifest manifest = info.manifest();
    var settings = new TreeMap<String, String>();
    settings.put("parent", manifest.parent() == null ? "none" : "v" + manifest.parent());
    settings.put("round", String.valueOf(manifest.round()));
    settings.put("steps", String.valueOf(manifest.steps()));
    settings.put("reinforcement version", manifest.reinforcementVersion());
    settings.put("licences", String.join(", ", manifest.licences()));
    settings.put("format version", manifest.formatVersion());
    manifest.dataCursor().forEach((part, end) -> settings.put("data up to: " + part, "" + end));
    manifest.details().forEach((key, value) -> flatten(key, value, settings));
    return settings;
  }

  private static void flatten(String name, @Nullable Object value, Map<String, String> settings) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, inner) -> flatten(name + "." + key, inner, settings));
    } else {
      settings.put(name, String.valueOf(value));
    }
  }

  private List<Change> changes(String name, int first, int second) {
    var changes = new ArrayList<Change>();
    Map<String, PairedChanges.Paired> known = paired.between(name, first, second);
    for (BenchmarksView.Group group : benchmarks.of(name, List.of(first, second))) {
      for (BenchmarksView.Row row : group.rows()) {
        changes.add(
            change(
                group.family(),
                row,
                row.cells().get(0),
                row.cells().get(1),
                known.get(row.task())));
      }
    }
    return changes;
  }

  private static Change change(
      String group,
      BenchmarksView.Row row,
      BenchmarksView.Cell a,
      BenchmarksView.Cell b,
      PairedChanges.@Nullable Paired paired) {
    boolean same = a.suite().equals(b.suite());
    Double first = a.value();
    Double second = b.value();
    if (first == null || second == null || !same) {
      return new Change(
          group, row.task(), row.metric(), first, second, null, null, null, false, same, null);
    }
    double change = second - first;
    Double low = null;
    Double high = null;
    if (a.low() != null && a.high() != null && b.low() != null && b.high() != null) {
      low = change - Math.hypot(second - b.low(), a.high() - first);
      high = change + Math.hypot(b.high() - second, first - a.low());
    }
    boolean clear = low != null && high != null && (low > 0 || high < 0);
    return new Change(
        group, row.task(), row.metric(), first, second, change, low, high, clear, true, paired);
  }

  /** The evaluator counts flips against parent and main, the promotion gate against main. */
  private @Nullable Flips flips(String name, int first, int second) {
    PairedChanges.Paired all = paired.overall(name, first, second);
    if (all != null) {
      return new Flips(all.shared(), all.negative(), all.positive());
    }
    var byVersion = new HashMap<>(decisions.of(name));
    Decisions.Verdict forward = byVersion.get(second);
    if (forward != null && forward.against() == first && forward.shared() > 0) {
      return new Flips(forward.shared(), forward.negative(), forward.positive());
    }
    Decisions.Verdict backward = byVersion.get(first);
    if (backward != null && backward.against() == second && backward.shared() > 0) {
      return new Flips(backward.shared(), backward.positive(), backward.negative());
    }
    return null;
  }
}
