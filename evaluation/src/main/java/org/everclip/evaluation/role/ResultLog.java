package org.everclip.evaluation.role;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
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
 * the only store: after a crash the role knows from it what is done. Each result is a transaction
 * under a fixed id, and whoever starts shuts out the one before; so nothing that a killed evaluator
 * had under way can arrive after its successor has read what is there. Used by one thread.
 */
final class ResultLog implements Results, AutoCloseable {

  private static final String TRANSACTIONAL_ID = "everclip-evaluator";

  private final KafkaProducer<String, byte[]> producer;
  private final RecordCodec<EvaluationResult> codec;
  private final KnownResults known = new KnownResults();

  ResultLog(EverclipConfig config) {
    codec = RecordCodec.of(Topics.EVALUATIONS, Clients.schemaRegistry(config));
    Properties properties = Clients.producer(config);
    properties.put("transactional.id", TRANSACTIONAL_ID);
    // A broker that starts anew may take its time; nobody waits for what is in a transaction.
    properties.put("max.block.ms", "300000");
    properties.put("transaction.timeout.ms", "600000");
    producer = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    try {
      producer.initTransactions();
      load(config);
    } catch (RuntimeException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
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
          if (result != null) {
            known.add(result);
          }
        }
      }
    }
  }

  /** Adds a result; returns when the broker has committed it. */
  @Override
  public void add(EvaluationResult result) {
    String key = Results.key(result);
    try {
      producer.beginTransaction();
      var unused =
          producer.send(new ProducerRecord<>(Topics.EVALUATIONS.name(), key, codec.encode(result)));
      producer.commitTransaction();
    } catch (KafkaException e) {
      throw new IllegalStateException(
          isFenced(e)
              ? "another evaluator has started (there can be one on a cluster), or the brokers gave"
                  + " this one up"
              : "result of " + key + " could not be stored",
          e);
    }
    known.add(result);
  }

  private static boolean isFenced(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof ProducerFencedException || at instanceof InvalidProducerEpochException) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Optional<EvaluationResult> find(String model, int version, String suite, String task) {
    return known.find(model, version, suite, task);
  }

  @Override
  public List<EvaluationResult> of(String model, int version) {
    return known.of(model, version);
  }

  @Override
  public List<EvaluationResult> group(String group) {
    return known.group(group);
  }

  @Override
  public long changes() {
    return known.changes();
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
