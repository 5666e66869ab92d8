package org.everclip.dashboard.view;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.dashboard.feed.ReadModel;
import org.jspecify.annotations.Nullable;

/** What the promotion gate decided, read from the records of group {@code decision}. */
final class Decisions {

  private static final String DELTA = "delta:";

  /**
   * A decision and the figures behind it.
   *
   * @param against the version that main pointed to; 0 when there was none
   * @param reasons in the gate's words, the ones that refuse first
   */
  record Verdict(
      String model,
      int version,
      boolean promoted,
      String text,
      List<String> reasons,
      int against,
      Map<String, Double> deltas,
      long shared,
      long negative,
      long positive,
      Instant time) {}

  /** What was read from the results that came last. */
  private record Known(List<EvaluationResult> results, List<Verdict> verdicts) {}

  private final ReadModel model;
  private final String alias;
  private volatile Known known = new Known(List.of(), List.of());

  Decisions(ReadModel model, String alias) {
    this.model = model;
    this.alias = alias;
  }

  String alias() {
    return alias;
  }

  static boolean isDecision(EvaluationResult result) {
    return result.getGroup().equals(EvaluationGroups.DECISION);
  }

  /** All decisions, oldest first. */
  List<Verdict> all() {
    List<EvaluationResult> results = model.results();
    Known last = known;
    if (last.results() != results) {
      last =
          new Known(
              results,
              results.stream().filter(Decisions::isDecision).map(Decisions::read).toList());
      known = last;
    }
    return last.verdicts();
  }

  /** A model's decisions by version. */
  Map<Integer, Verdict> of(String name) {
    var byVersion = new TreeMap<Integer, Verdict>();
    for (Verdict verdict : all()) {
      if (verdict.model().equals(name)) {
        byVersion.put(verdict.version(), verdict);
      }
    }
    return byVersion;
  }

  long count() {
    return all().size();
  }

  long promotedCount() {
    return all().stream().filter(Verdict::promoted).count();
  }

  /** The versions that the alias points to, one a model. */
  List<VersionInfo> mains() {
    var mains = new ArrayList<VersionInfo>();
    for (List<VersionInfo> versions : model.versions().values()) {
      versions.stream().filter(v -> v.aliases().contains(alias)).forEach(mains::add);
    }
    return mains;
  }

  @Nullable Integer main(String name) {
    for (VersionInfo version : mains()) {
      if (version.manifest().model().equals(name)) {
        return version.version();
      }
    }
    return null;
  }

  private static Verdict read(EvaluationResult result) {
    Map<String, Double> metrics = result.getMetrics();
    var deltas = new TreeMap<String, Double>();
    metrics.forEach(
        (key, value) -> {
          if (key.startsWith(DELTA)) {
            deltas.put(key.substring(DELTA.length()), value);
          }
        });
    String detail = result.getDetail();
    int colon = detail.indexOf(": ");
    Double value = result.getValue();
    return new Verdict(
        result.getModel(),
        result.getVersion(),
        value != null && value > 0.5,
        detail,
        List.of((colon < 0 ? detail : detail.substring(colon + 2)).split("; ", -1)),
        metrics.getOrDefault("against", 0.0).intValue(),
        deltas,
        metrics.getOrDefault("flips.shared", 0.0).longValue(),
        metrics.getOrDefault("flips.negative", 0.0).longValue(),
        metrics.getOrDefault("flips.positive", 0.0).longValue(),
        result.getTime());
  }
}
