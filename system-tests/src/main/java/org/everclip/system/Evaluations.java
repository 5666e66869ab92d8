package org.everclip.system;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.config.EverclipConfig;

/** All evaluation results that a cluster holds now. */
final class Evaluations {

  private Evaluations() {}

  static List<EvaluationResult> read(EverclipConfig config) {
    RecordCodec<EvaluationResult> codec =
        RecordCodec.of(Topics.EVALUATIONS, Clients.schemaRegistry(config));
    Map<String, EvaluationResult> results = new LinkedHashMap<>();
    forEach(
        config,
        message -> {
          EvaluationResult result = codec.decode(message.value());
          if (result != null) {
            results.put(message.key(), result);
          }
        });
    return List.copyOf(results.values());
  }

  /** How often each key was written and committed. */
  static Map<String, Integer> written(EverclipConfig config) {
    Map<String, Integer> written = new LinkedHashMap<>();
    forEach(config, message -> written.merge(message.key(), 1, Integer::sum));
    return written;
  }

  private static void forEach(
      EverclipConfig config, Consumer<ConsumerRecord<String, byte[]>> take) {
    try (var consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new StringDeserializer(), new ByteArrayDeserializer())) {
      var partition = new TopicPartition(Topics.EVALUATIONS.name(), 0);
      List<TopicPartition> partitions = List.of(partition);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long end = consumer.endOffsets(partitions).getOrDefault(partition, 0L);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<String, byte[]> message : consumer.poll(Duration.ofMillis(200))) {
          take.accept(message);
        }
      }
    }
  }

  /** The promotion gate's decisions, by version. */
  static Map<Integer, EvaluationResult> decisions(EverclipConfig config) {
    Map<Integer, EvaluationResult> decisions = new LinkedHashMap<>();
    for (EvaluationResult result : read(config)) {
      if (result.getTask().equals("promotion")) {
        decisions.put(result.getVersion(), result);
      }
    }
    return decisions;
  }
}
