package org.everclip.reinforce.files;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigException;
import org.everclip.service.StopSignal;

/**
 * Reads the committed records of {@code pairs.reinforced} up to fixed ends, partition by partition,
 * so that two readings give the same records in the same order. For one thread.
 */
final class StreamReader implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(500);

  private final KafkaConsumer<String, byte[]> consumer;
  private final StopSignal stop;
  private final String brokers;

  StreamReader(EverclipConfig config, StopSignal stop) {
    var properties = Clients.consumer(config);
    properties.put("default.api.timeout.ms", "15000");
    this.consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    this.stop = stop;
    this.brokers = config.kafka().bootstrap();
  }

  /** Takes records one by one; false ends the reading. */
  interface Taker {
    boolean take(ConsumerRecord<String, byte[]> entry) throws Exception;
  }

  /** Where the committed records end now, by partition. */
  Map<Integer, Long> ends() {
    try {
      var partitions =
          consumer.partitionsFor(Topics.REINFORCED.name()).stream()
              .map(PartitionInfo::partition)
              .map(StreamReader::partition)
              .toList();
      var ends = new TreeMap<Integer, Long>();
      consumer
          .endOffsets(partitions)
          .forEach((partition, end) -> ends.put(partition.partition(), end));
      return ends;
    } catch (TimeoutException e) {
      throw new ConfigException(
          "Kafka at " + brokers + " does not answer; is 'everclip up' running?", e);
    }
  }

  /** Reads everything before the ends; false when a stop was requested or the taker ended it. */
  boolean read(Map<Integer, Long> ends, Taker taker) throws Exception {
    for (Map.Entry<Integer, Long> end : ends.entrySet()) {
      TopicPartition partition = partition(end.getKey());
      consumer.assign(java.util.List.of(partition));
      consumer.seekToBeginning(consumer.assignment());
      while (consumer.position(partition) < end.getValue()) {
        if (stop.requested()) {
          return false;
        }
        for (ConsumerRecord<String, byte[]> entry : consumer.poll(POLL)) {
          if (entry.offset() < end.getValue() && !taker.take(entry)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private static TopicPartition partition(int number) {
    return new TopicPartition(Topics.REINFORCED.name(), number);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
