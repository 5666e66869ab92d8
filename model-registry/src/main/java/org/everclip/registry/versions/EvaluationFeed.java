package org.everclip.registry.versions;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.everclip.contracts.config.EverclipConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code models.evaluations} says of each version; read from its beginning on a thread of its
 * own. The newest result of a task wins. Thread-safe.
 */
public final class EvaluationFeed implements Evaluations, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(EvaluationFeed.class);
  private static final Duration POLL = Duration.ofSeconds(1);

  private final Map<String, SortedMap<String, Score>> scores = new ConcurrentHashMap<>();
  private final Map<String, Set<String>> predictions = new ConcurrentHashMap<>();
  private final KafkaConsumer<String, byte[]> consumer;
  private final RecordCodec<EvaluationResult> codec;
  private final Thread reader = new Thread(this::read, "registry-evaluations");
  private volatile boolean complete;
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile boolean closed;

  public EvaluationFeed(EverclipConfig config) {
    codec = RecordCodec.of(Topics.EVALUATIONS, Clients.schemaRegistry(config));
    Properties properties = Clients.common(config);
    properties.put("group.id", "everclip-registry-evaluations-" + UUID.randomUUID());
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", "earliest");
    consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    reader.setDaemon(true);
  }

  /** Begins to read. */
  public void start() {
    reader.start();
  }

  @Override
  public SortedMap<String, Score> scores(String model, int version) {
    return new TreeMap<>(scores.getOrDefault(key(model, version), new TreeMap<>()));
  }

  @Override
  public Set<String> predictions(String model, int version) {
    return Set.copyOf(predictions.getOrDefault(key(model, version), Set.of()));
  }

  @Override
  public boolean isComplete() {
    return complete;
  }

  private void read() {
    try {
      List<TopicPartition> partitions = partitions();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (!closed) {
        for (ConsumerRecord<String, byte[]> one : consumer.poll(POLL)) {
          take(one.value());
        }
        complete =
            complete
                || partitions.stream()
                    .allMatch(p -> consumer.position(p) >= ends.getOrDefault(p, 0L));
      }
    } catch (WakeupException | InterruptException e) {
      log.debug("stopped", e);
    } catch (KafkaException e) {
      if (!closed) {
        log.error("evaluation results are not read any more; restart the registry", e);
      }
    } finally {
      consumer.close();
    }
  }

  private List<TopicPartition> partitions() {
    while (!closed) {
      try {
        List<PartitionInfo> found = consumer.partitionsFor(Topics.EVALUATIONS.name());
        if (found != null && !found.isEmpty()) {
          return found.stream().map(p -> new TopicPartition(p.topic(), p.partition())).toList();
        }
      } catch (WakeupException | InterruptException e) {
        throw e;
      } catch (KafkaException e) {
        log.debug("no topic of evaluations yet", e);
      }
      pause();
    }
    return List.of();
  }

  private void pause() {
    try {
      closed |= closing.await(POLL.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private void take(byte[] bytes) {
    EvaluationResult result;
    try {
      result = codec.decode(bytes);
    } catch (MalformedRecordException e) {
      log.warn("a result is passed over: {}", e.getMessage());
      return;
    }
    if (result == null || result.getStatus() != EvaluationStatus.DONE) {
      return;
    }
    String key = key(result.getModel(), result.getVersion());
    Double value = result.getValue();
    if (value != null && EvaluationGroups.isBenchmark(result.getGroup())) {
      scores
          .computeIfAbsent(key, k -> new ConcurrentSkipListMap<>())
          .put(
              result.getTask(),
              new Score(result.getSuite(), result.getGroup(), result.getMainMetric(), value));
    }
    String blob = result.getPredictionsSha256();
    if (blob != null) {
      predictions.merge(
          key,
          Set.of(blob),
          (a, b) -> {
            var both = new HashSet<>(a);
            both.addAll(b);
            return both;
          });
    }
  }

  private static String key(String model, int version) {
    return model + "/" + version;
  }

  @Override
  public void close() {
    closed = true;
    closing.countDown();
    if (reader.isAlive()) {
      consumer.wakeup();
    } else {
      consumer.close();
    }
  }
}
