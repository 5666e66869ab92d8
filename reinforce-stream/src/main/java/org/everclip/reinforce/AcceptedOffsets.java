package org.everclip.reinforce;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Topics;

/** Offsets of pairs.accepted by partition, as a committed reader sees them. For one thread. */
final class AcceptedOffsets implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;

  /**
   * Asks for the topic's partitions.
   *
   * @param group whose positions {@link #committed} tells
   * @throws org.apache.kafka.common.KafkaException when the brokers do not answer
   */
  AcceptedOffsets(ReinforceSettings settings, String group) {
    var properties = new Properties();
    properties.putAll(settings.consumer());
    properties.put("group.id", group);
    consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    try {
      partitions =
          consumer.partitionsFor(Topics.ACCEPTED.name(), PATIENCE).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  /** Where the records of this arrival time and later begin; the end where there are none. */
  Map<Integer, Long> at(Instant time) {
    var wanted = new HashMap<TopicPartition, Long>();
    partitions.forEach(partition -> wanted.put(partition, time.toEpochMilli()));
    Map<Integer, Long> offsets = ends();
    consumer
        .offsetsForTimes(wanted, PATIENCE)
        .forEach(
            (partition, found) -> {
              if (found != null) {
                offsets.put(partition.partition(), found.offset());
              }
            });
    return offsets;
  }

  Map<Integer, Long> ends() {
    var offsets = new HashMap<Integer, Long>();
    consumer
        .endOffsets(partitions, PATIENCE)
        .forEach((partition, end) -> offsets.put(partition.partition(), end));
    return offsets;
  }

  /** The positions that the group has committed; partitions without one are absent. */
  Map<Integer, Long> committed() {
    var offsets = new HashMap<Integer, Long>();
    consumer
        .committed(Set.copyOf(partitions), PATIENCE)
        .forEach(
            (partition, position) -> {
              if (position != null) {
                offsets.put(partition.partition(), position.offset());
              }
            });
    return offsets;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
