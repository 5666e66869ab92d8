package org.everclip.dashboard.feed;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.PipelineMetric;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.avro.TrainingMetric;
import org.everclip.contracts.registry.AliasMove;
import org.everclip.contracts.registry.VersionInfo;
import org.jspecify.annotations.Nullable;

/**
 * What the page shows, in memory and bounded: counts of everything, the newest samples, the curves,
 * the versions and their results. Derived from the topics and the registry alone, so it can be
 * thrown away at any time. Thread-safe; listeners hear which part has changed.
 */
public final class ReadModel {

  /** The parts of the page that can change. */
  public enum Part {
    FLOW,
    STREAM,
    TRAINING,
    VERSIONS,
    BENCHMARKS
  }

  /** Where pairs are counted. */
  public enum Stage {
    ACCEPTED,
    REJECTED,
    REINFORCED
  }

  /**
   * Totals over the whole stream.
   *
   * @param rejectedLater of the rejected, those that the gate had accepted
   */
  public record Counts(
      long accepted,
      long holdout,
      long rejected,
      long rejectedLater,
      long reinforced,
      long deleted,
      Map<String, Long> reasons) {}

  /** A role's last report. */
  public record RoleState(PipelineMetric metric, Instant seen) {}

  private static final int MAX_POINTS = 20_000;

  private final int sampleLimit;
  private final Rates rates = new Rates(Clock.systemUTC());
  private final List<Consumer<Part>> listeners = new CopyOnWriteArrayList<>();

  private long accepted;
  private long holdout;
  private long rejected;
  private long reinforced;
  private long deleted;
  private long rejectedLater;
  private volatile boolean live;
  private volatile String feedTrouble = "";
  private final Map<String, Long> reasons = new TreeMap<>();
  private final LinkedHashMap<String, ReinforcedPair> samples = new LinkedHashMap<>();
  private final Deque<RejectedPair> rejections = new ArrayDeque<>();
  private final Map<String, RoleState> roles = new TreeMap<>();
  private final Map<String, NavigableMap<Long, TrainingMetric>> curves = new TreeMap<>();
  private final Map<String, EvaluationResult> results = new LinkedHashMap<>();
  private @Nullable List<EvaluationResult> resultList;
  private Map<String, List<VersionInfo>> versions = Map.of();
  private Map<String, List<AliasMove>> aliasMoves = Map.of();
  private String registryTrouble = "";

  /** A model that keeps so many samples of each kind. */
  public ReadModel(int sampleLimit) {
    this.sampleLimit = sampleLimit;
  }

  /** Is told after each change, on the feeding thread. */
  public void onChange(Consumer<Part> listener) {
    listeners.add(listener);
  }

  void accept(AcceptedPair pair) {
    synchronized (this) {
      accepted++;
      count(Stage.ACCEPTED);
      if (pair.getSplit() == Split.HOLDOUT) {
        holdout++;
      }
    }
    changed(Part.FLOW);
  }

  void delete(String pairId) {
    synchronized (this) {
      deleted++;
      samples.remove(pairId);
    }
    changed(Part.STREAM);
  }

  void reinforce(ReinforcedPair pair) {
    synchronized (this) {
      reinforced++;
      count(Stage.REINFORCED);
      String pairId = pair.getPair().getPairId();
      samples.remove(pairId);
      samples.put(pairId, pair);
      if (samples.size() > sampleLimit) {
        samples.remove(samples.keySet().iterator().next());
      }
    }
    changed(Part.STREAM);
  }

  void reject(RejectedPair pair) {
    synchronized (this) {
      rejected++;
      count(Stage.REJECTED);
      if (pair.getStage() == RejectionStage.REINFORCE || pair.getStage() == RejectionStage.TRAIN) {
        rejectedLater++;
      }
      reasons.merge(pair.getReason().name(), 1L, Long::sum);
      rejections.addFirst(pair);
      if (rejections.size() > sampleLimit) {
        rejections.removeLast();
      }
    }
    changed(Part.STREAM);
  }

  void report(PipelineMetric metric) {
    synchronized (this) {
      roles.put(metric.getRole(), new RoleState(metric, metric.getTime()));
    }
    changed(Part.FLOW);
  }

  void point(TrainingMetric metric) {
    synchronized (this) {
      NavigableMap<Long, TrainingMetric> curve =
          curves.computeIfAbsent(metric.getRun(), run -> new TreeMap<>());
      curve.merge(metric.getStep(), metric, ReadModel::merged);
      if (curve.size() > MAX_POINTS) {
        curve.pollFirstEntry();
      }
    }
    changed(Part.TRAINING);
  }

  void result(String key, EvaluationResult result) {
    synchronized (this) {
      results.put(key, result);
      resultList = null;
    }
    changed(Part.BENCHMARKS);
  }

  void versions(Map<String, List<VersionInfo>> all, Map<String, List<AliasMove>> moves) {
    synchronized (this) {
      registryTrouble = "";
      if (all.equals(versions) && moves.equals(aliasMoves)) {
        return;
      }
      versions = Map.copyOf(all);
      aliasMoves = Map.copyOf(moves);
    }
    changed(Part.VERSIONS);
  }

  void registryAway(String detail) {
    boolean fresh;
    synchronized (this) {
      fresh = registryTrouble.isEmpty();
      registryTrouble = detail;
    }
    if (fresh) {
      changed(Part.FLOW);
    }
  }

  private static TrainingMetric merged(TrainingMetric known, TrainingMetric later) {
    var values = new HashMap<>(known.getValues());
    values.putAll(later.getValues());
    return TrainingMetric.newBuilder(later).setValues(values).build();
  }

  private void count(Stage stage) {
    if (live) {
      rates.count(stage);
    }
  }

  /**
   * The topics have been read to where they ended at the start: from now on rates mean something.
   */
  void caughtUp() {
    live = true;
    changed(Part.FLOW);
  }

  /** Tells why the topics cannot be read; empty when they can. */
  void feedTrouble(String detail) {
    if (!feedTrouble.equals(detail)) {
      feedTrouble = detail;
      changed(Part.FLOW);
    }
  }

  private void changed(Part part) {
    listeners.forEach(listener -> listener.accept(part));
  }

  /** Whether the past has been read. */
  public boolean isLive() {
    return live;
  }

  /** Why the topics cannot be read, or empty. */
  public String feedTrouble() {
    return feedTrouble;
  }

  /** Records a minute, over the last half minute; empty while the past is read. */
  public OptionalDouble perMinute(Stage stage) {
    return live ? OptionalDouble.of(rates.perMinute(stage)) : OptionalDouble.empty();
  }

  public synchronized Counts counts() {
    return new Counts(
        accepted, holdout, rejected, rejectedLater, reinforced, deleted, new TreeMap<>(reasons));
  }

  /** Newest first. */
  public synchronized List<ReinforcedPair> samples() {
    var newest = new ArrayList<>(samples.values());
    Collections.reverse(newest);
    return newest;
  }

  public synchronized Optional<ReinforcedPair> sample(String pairId) {
    return Optional.ofNullable(samples.get(pairId));
  }

  /** Newest first. */
  public synchronized List<RejectedPair> rejections() {
    return List.copyOf(rejections);
  }

  public synchronized Map<String, RoleState> roles() {
    return new TreeMap<>(roles);
  }

  /** Points by step, for each run. */
  public synchronized Map<String, List<TrainingMetric>> curves() {
    var copy = new TreeMap<String, List<TrainingMetric>>();
    curves.forEach((run, points) -> copy.put(run, List.copyOf(points.values())));
    return copy;
  }

  /** The same list until a result comes. */
  public synchronized List<EvaluationResult> results() {
    if (resultList == null) {
      resultList = List.copyOf(results.values());
    }
    return resultList;
  }

  public synchronized Map<String, List<VersionInfo>> versions() {
    return versions;
  }

  /** Moves of the alias {@code main}, by model. */
  public synchronized Map<String, List<AliasMove>> aliasMoves() {
    return aliasMoves;
  }

  /** Why the registry cannot be read, or empty. */
  public synchronized String registryTrouble() {
    return registryTrouble;
  }
}
