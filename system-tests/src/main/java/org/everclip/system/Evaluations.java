package org.everclip.system;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
          EvaluationResult result = codec.decode(message.value());
          if (result != null) {
            results.put(message.key(), result);
          }
        }
      }
    }
    return List.copyOf(results.values());
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
