package org.everclip.dashboard.feed;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.PipelineMetric;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.TrainingMetric;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.Health;
import org.everclip.service.StopSignal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the topics from their beginning and fills the {@link ReadModel}; a broker or a schema
 * registry that is away is waited for. Runs on its own thread until the stop.
 */
public final class TopicFeed implements Runnable {

  private static final Logger log = LoggerFactory.getLogger(TopicFeed.class);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(2);

  private final EverclipConfig config;
  private final ReadModel model;
  private final Health health;
  private final StopSignal stop;
  private final Map<String, Consumer<ConsumerRecord<String, byte[]>>> handlers = new HashMap<>();

  public TopicFeed(EverclipConfig config, ReadModel model, Health health, StopSignal stop) {
    this.config = config;
    this.model = model;
    this.health = health;
    this.stop = stop;
    SchemaRegistryClient registry = Clients.schemaRegistry(config);
    BiConsumer<ConsumerRecord<String, byte[]>, String> nothing = (record, key) -> {};
    this.<AcceptedPair>read(
        Topics.ACCEPTED,
        registry,
        (record, pair) -> model.accept(pair, time(record)),
        (record, key) -> model.withdraw(key));
    this.<ReinforcedPair>read(
        Topics.REINFORCED,
        registry,
        (record, pair) -> model.reinforce(pair, place(record), time(record)),
        (record, key) -> model.delete(key));
    this.<RejectedPair>read(
        Topics.REJECTED, registry, (record, pair) -> model.reject(pair), nothing);
    this.<PipelineMetric>read(
        Topics.PIPELINE_METRICS, registry, (record, metric) -> model.report(metric), nothing);
    this.<TrainingMetric>read(
        Topics.TRAINING_METRICS, registry, (record, metric) -> model.point(metric), nothing);
    this.<EvaluationResult>read(
        Topics.EVALUATIONS,
        registry,
        (record, result) -> model.result(String.valueOf(record.key()), result),
        nothing);
  }

  private <T extends SpecificRecord> void read(
      Topics.Topic topic,
      SchemaRegistryClient registry,
      BiConsumer<ConsumerRecord<String, byte[]>, T> onValue,
      BiConsumer<ConsumerRecord<String, byte[]>, String> onTombstone) {
    RecordCodec<T> codec = RecordCodec.of(topic, registry);
    handlers.put(
        topic.name(),
        message -> {
          T value = codec.decode(message.value());
          if (value == null) {
            onTombstone.accept(message, String.valueOf(message.key()));
          } else {
            onValue.accept(message, value);
          }
        });
  }

  private static Instant time(ConsumerRecord<String, byte[]> record) {
    return Instant.ofEpochMilli(record.timestamp());
  }

  private static Vectors.Place place(ConsumerRecord<String, byte[]> record) {
    return new Vectors.Place(record.partition(), record.offset());
  }

  @Override
  public void run() {
    try (var consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new StringDeserializer(), new ByteArrayDeserializer())) {
      stop.onStop(consumer::wakeup);
      follow(consumer);
    } catch (WakeupException e) {
      log.debug("woken up to stop", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("the topics are no longer read", e);
      trouble("kafka", "the topics are no longer read: " + e + "; restart the dashboard");
    }
  }

  private void follow(KafkaConsumer<String, byte[]> consumer) throws InterruptedException {
    Map<TopicPartition, Long> ends = assign(consumer);
    boolean live = false;
    while (!stop.requested()) {
      for (ConsumerRecord<String, byte[]> message : poll(consumer)) {
        handle(message);
      }
      if (!live && reached(consumer, ends)) {
        live = true;
        model.caughtUp();
      }
    }
  }

  private ConsumerRecords<String, byte[]> poll(KafkaConsumer<String, byte[]> consumer)
      throws InterruptedException {
    try {
      ConsumerRecords<String, byte[]> messages = consumer.poll(Duration.ofMillis(250));
      well("kafka");
      return messages;
    } catch (WakeupException e) {
      throw e;
    } catch (KafkaException e) {
      trouble("kafka", "the topics cannot be read: " + e.getMessage());
      stop.await(AFTER_FAILURE);
      return ConsumerRecords.empty();
    }
  }

  /** Takes all partitions; returns where they end now. */
  private Map<TopicPartition, Long> assign(KafkaConsumer<String, byte[]> consumer)
      throws InterruptedException {
    while (!stop.requested()) {
      try {
        List<TopicPartition> partitions = new ArrayList<>();
        for (String topic : handlers.keySet()) {
          for (PartitionInfo info : consumer.partitionsFor(topic, Duration.ofSeconds(10))) {
            partitions.add(new TopicPartition(topic, info.partition()));
          }
        }
        if (partitions.size() < handlers.size()) {
          throw new KafkaException("not all topics exist yet; see 'everclip topics apply'");
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        well("kafka");
        return ends;
      } catch (WakeupException e) {
        throw e;
      } catch (KafkaException e) {
        trouble("kafka", "the topics cannot be read: " + e.getMessage());
        stop.await(AFTER_FAILURE);
      }
    }
    return Map.of();
  }

  private static boolean reached(
      KafkaConsumer<String, byte[]> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
  }

  private void handle(ConsumerRecord<String, byte[]> message) throws InterruptedException {
    Consumer<ConsumerRecord<String, byte[]>> handler = handlers.get(message.topic());
    if (handler == null) {
      throw new AssertionError("only topics with a handler are read");
    }
    while (!stop.requested()) {
      try {
        handler.accept(message);
        well("schema-registry");
        return;
      } catch (MalformedRecordException e) {
        log.warn(
            "{}:{}:{} cannot be shown: {}",
            message.topic(),
            message.partition(),
            message.offset(),
            e.getMessage());
        return;
      } catch (UncheckedIOException e) {
        trouble("schema-registry", String.valueOf(e.getMessage()));
        stop.await(AFTER_FAILURE);
      }
    }
  }

  private void trouble(String part, String detail) {
    health.down(part, detail);
    model.feedTrouble(detail);
  }

  private void well(String part) {
    health.up(part);
    if (!model.feedTrouble().isEmpty()) {
      model.feedTrouble("");
    }
  }
}
