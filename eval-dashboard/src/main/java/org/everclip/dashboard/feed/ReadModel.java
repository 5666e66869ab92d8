package org.everclip.dashboard.feed;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * What the page shows, in memory and bounded: counts, what waits, the newest samples, vectors to
 * search, curves, versions and their results. Derived from the topics and the registry alone.
 * Thread-safe; listeners hear which part has changed.
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

  /** A role's last report. */
  public record RoleState(PipelineMetric metric, Instant seen) {}

  private final int sampleLimit;
  private final Vectors vectors;
  private final Rates rates = new Rates(Clock.systemUTC());
  private final List<Consumer<Part>> listeners = new CopyOnWriteArrayList<>();

  private volatile boolean live;
  private volatile String feedTrouble = "";
  private volatile @Nullable Waiting raw;
  private final Tally tally = new Tally();
  private final Backlog backlog = new Backlog();
  private final Untrained untrained = new Untrained();
  private final NewestPairs samples;
  private final Deque<RejectedPair> rejections = new ArrayDeque<>();
  private final Map<String, RoleState> roles = new TreeMap<>();
  private final Curves curves = new Curves();
  private final Map<String, EvaluationResult> results = new LinkedHashMap<>();
  private @Nullable List<EvaluationResult> resultList;
  private Map<String, List<VersionInfo>> versions = Map.of();
  private Map<String, List<AliasMove>> aliasMoves = Map.of();
  private String registryTrouble = "";

  /** A model that keeps so many samples of each kind, and vectors of so many pairs. */
  public ReadModel(int sampleLimit, int vectorLimit) {
    this.sampleLimit = sampleLimit;
    this.samples = new NewestPairs(sampleLimit);
    this.vectors = new Vectors(vectorLimit);
  }

  /** Is told after each change, on the feeding thread. */
  public void onChange(Consumer<Part> listener) {
    listeners.add(listener);
  }

  void accept(AcceptedPair pair, Instant at) {
    synchronized (this) {
      tally.accepted(pair);
      count(Stage.ACCEPTED);
      backlog.accepted(pair.getPairId(), pair.getRevision(), at);
    }
    changed(Part.FLOW);
  }

  /** The producer has taken the pair back; its reinforced form goes by {@link #delete}. */
  void withdraw(String pairId) {
    synchronized (this) {
      backlog.deleted(pairId);
    }
    changed(Part.FLOW);
  }

  void delete(String pairId) {
    synchronized (this) {
      tally.deleted();
      samples.remove(pairId);
    }
    vectors.remove(pairId);
    changed(Part.STREAM);
  }

  void reinforce(ReinforcedPair pair, Vectors.Place place, Instant at) {
    AcceptedPair accepted = pair.getPair();
    vectors.put(pair, place);
    synchronized (this) {
      tally.reinforced();
      count(Stage.REINFORCED);
      backlog.finished(accepted.getPairId(), accepted.getRevision());
      if (accepted.getSplit() == Split.TRAIN) {
        untrained.reinforced(place.partition(), place.offset(), at);
      }
      samples.put(pair);
    }
    changed(Part.STREAM);
  }

  void reject(RejectedPair pair) {
    synchronized (this) {
      tally.rejected(pair);
      count(Stage.REJECTED);
      String pairId = pair.getPairId();
      if (pair.getStage() == RejectionStage.REINFORCE && pairId != null) {
        backlog.finished(pairId, Integer.MAX_VALUE);
      }
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
    curves.add(metric);
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
      versions.values().forEach(list -> list.forEach(untrained::published));
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

  /** What the gate has not decided, as far as that could be asked. */
  void rawWaiting(@Nullable Waiting waiting) {
    raw = waiting;
    changed(Part.FLOW);
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
    return tally.counts();
  }

  /** Raw records without a decision of the gate; null when that is not known. */
  public @Nullable Waiting rawWaiting() {
    return raw;
  }

  /** Accepted pairs without an outcome of the reinforcement. */
  public synchronized Waiting unreinforced() {
    return backlog.waiting();
  }

  /** Reinforced training pairs that no version has learned from. */
  public synchronized Waiting untrained() {
    return untrained.waiting();
  }

  /** Newest first. */
  public synchronized List<ReinforcedPair> samples() {
    return samples.newestFirst();
  }

  public synchronized Optional<ReinforcedPair> sample(String pairId) {
    return samples.find(pairId);
  }

  public Vectors vectors() {
    return vectors;
  }

  /** Newest first. */
  public synchronized List<RejectedPair> rejections() {
    return List.copyOf(rejections);
  }

  public synchronized Map<String, RoleState> roles() {
    return new TreeMap<>(roles);
  }

  public Curves curves() {
    return curves;
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

  /** Moves of all aliases, by model. */
  public synchronized Map<String, List<AliasMove>> aliasMoves() {
    return aliasMoves;
  }

  /** Why the registry cannot be read, or empty. */
  public synchronized String registryTrouble() {
    return registryTrouble;
  }
}
