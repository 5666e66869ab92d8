package org.everclip.evaluation.role;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.config.EverclipConfig;

/**
 * The results so far, read from {@code models.evaluations}, and the way to add one. The topic is
 * the only store: after a crash the role knows from it what is done. Used by one thread.
 */
final class ResultLog implements AutoCloseable {

  private final KafkaProducer<String, byte[]> producer;
  private final RecordCodec<EvaluationResult> codec;
  private final Map<String, EvaluationResult> results = new LinkedHashMap<>();

  ResultLog(EverclipConfig config) {
    codec = RecordCodec.of(Topics.EVALUATIONS, Clients.schemaRegistry(config));
    load(config);
    producer =
        new KafkaProducer<>(
            Clients.producer(config), new StringSerializer(), new ByteArraySerializer());
  }

  private void load(EverclipConfig config) {
    try (var consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.EVALUATIONS.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
        for (ConsumerRecord<String, byte[]> message : consumer.poll(Duration.ofMillis(200))) {
          EvaluationResult result = codec.decode(message.value());
          if (result == null) {
            results.remove(message.key());
          } else {
            results.put(message.key(), result);
          }
        }
      }
    }
  }

  /** Adds a result; returns when the broker has it. */
  void add(EvaluationResult result) throws InterruptedException {
    String key = key(result.getModel(), result.getVersion(), result.getSuite(), result.getTask());
    try {
      producer
          .send(new ProducerRecord<>(Topics.EVALUATIONS.name(), key, codec.encode(result)))
          .get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("result of " + key + " could not be stored", e.getCause());
    }
    results.put(key, result);
  }

  Optional<EvaluationResult> find(String model, int version, String suite, String task) {
    return Optional.ofNullable(results.get(key(model, version, suite, task)));
  }

  /** All results of a version, in the order in which they came. */
  List<EvaluationResult> of(String model, int version) {
    var found = new ArrayList<EvaluationResult>();
    for (EvaluationResult result : results.values()) {
      if (result.getModel().equals(model) && result.getVersion() == version) {
        found.add(result);
      }
    }
    return found;
  }

  private static String key(String model, int version, String suite, String task) {
    return model + "/" + version + "/" + suite + "/" + task;
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
