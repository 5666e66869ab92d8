package org.everclip.cli;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.ModelEventKind;
import org.everclip.contracts.avro.TrainingMetric;
import org.everclip.contracts.config.EverclipConfig;
import org.jspecify.annotations.Nullable;

/**
 * Follows the topics as an outsider would, committed records only, and counts. Thread-safe; reads
 * on a thread of its own from the beginning of everything.
 */
final class FlowWatch implements AutoCloseable {

  /**
   * The counts so far.
   *
   * @param rejected by any stage
   * @param steps of training, the furthest
   * @param loss the newest
   */
  record Counts(
      long raw,
      long accepted,
      long rejected,
      long reinforced,
      @Nullable Instant firstReinforced,
      long steps,
      @Nullable Double loss,
      int versions,
      int latestVersion,
      int evaluated,
      @Nullable String trouble) {}

  private final EverclipConfig config;
  private final TopicReader reader;
  private final RecordCodec<TrainingMetric> metrics;
  private final RecordCodec<ModelEvent> events;
  private final RecordCodec<EvaluationResult> evaluations;
  private final Thread thread = new Thread(this::follow, "flow-watch");
  private final Map<String, Long> counts = new HashMap<>();
  private final Set<String> publishing = new HashSet<>();
  private final Set<Integer> versions = new HashSet<>();
  private final HeldOut heldOut = new HeldOut();
  private @Nullable Instant firstReinforced;
  private @Nullable Double loss;
  private @Nullable String trouble;
  private long steps;
  private boolean closed;

  private FlowWatch(EverclipConfig config) {
    this.config = config;
    SchemaRegistryClient registry = Clients.schemaRegistry(config);
    this.reader = new TopicReader(config);
    this.metrics = RecordCodec.of(Topics.TRAINING_METRICS, registry);
    this.events = RecordCodec.of(Topics.VERSIONS, registry);
    this.evaluations = RecordCodec.of(Topics.EVALUATIONS, registry);
  }

  /** Starts to follow. */
  static FlowWatch start(EverclipConfig config) {
    var watch = new FlowWatch(config);
    watch.thread.setDaemon(true);
    watch.thread.start();
    return watch;
  }

  synchronized Counts counts() {
    return new Counts(
        count(Topics.RAW),
        count(Topics.ACCEPTED),
        count(Topics.REJECTED),
        count(Topics.REINFORCED),
        firstReinforced,
        steps,
        loss,
        versions.size(),
        versions.stream().mapToInt(Integer::intValue).max().orElse(0),
        heldOut.complete(),
        trouble);
  }

  /** Figures of the first and of the newest complete version; empty before there is one. */
  synchronized List<HeldOut.Figures> heldOut() {
    if (heldOut.first().isEmpty() || heldOut.latest().isEmpty()) {
      return List.of();
    }
    int first = heldOut.first().get();
    int latest = heldOut.latest().get();
    return List.of(heldOut.figures(first, latest), heldOut.figures(latest, first));
  }

  private long count(Topics.Topic topic) {
    return counts.getOrDefault(topic.name(), 0L);
  }

  private void follow() {
    try {
      reader.assign(
          List.of(
              Topics.RAW.name(),
              Topics.ACCEPTED.name(),
              Topics.REJECTED.name(),
              Topics.REINFORCED.name(),
              Topics.TRAINING_METRICS.name(),
              Topics.VERSIONS.name(),
              Topics.EVALUATIONS.name()));
      while (true) {
        for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofSeconds(1))) {
          take(record);
        }
      }
    } catch (WakeupException e) {
      reader.close();
    } catch (KafkaException | CliException e) {
      synchronized (this) {
        trouble = closed ? null : "counting stopped: " + e.getMessage();
      }
      reader.close();
    }
  }

  private synchronized void take(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    if (value == null) {
      return;
    }
    counts.merge(record.topic(), 1L, Long::sum);
    if (record.topic().equals(Topics.REINFORCED.name()) && firstReinforced == null) {
      firstReinforced = Instant.now();
    } else if (record.topic().equals(Topics.TRAINING_METRICS.name())) {
      TrainingMetric metric = metrics.decode(value);
      if (metric != null) {
        steps = Math.max(steps, metric.getStep());
        loss = metric.getValues().getOrDefault("loss", loss);
      }
    } else if (record.topic().equals(Topics.VERSIONS.name())) {
      take(events.decode(value));
    } else if (record.topic().equals(Topics.EVALUATIONS.name())) {
      EvaluationResult result = evaluations.decode(value);
      if (result != null && result.getModel().equals(config.trainer().name())) {
        heldOut.add(result);
      }
    }
  }

  private void take(@Nullable ModelEvent event) {
    if (event == null || !event.getModel().equals(config.trainer().name())) {
      return;
    }
    if (event.getKind() == ModelEventKind.PUBLISH) {
      publishing.add(event.getCommandId());
    }
    Integer version = event.getVersion();
    if (event.getKind() == ModelEventKind.OUTCOME
        && event.getAccepted()
        && version != null
        && publishing.contains(event.getCommandId())) {
      versions.add(version);
    }
  }

  @Override
  public void close() throws InterruptedException {
    synchronized (this) {
      closed = true;
    }
    reader.wakeup();
    thread.join(Duration.ofSeconds(5).toMillis());
  }
}
