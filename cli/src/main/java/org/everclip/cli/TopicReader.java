package org.everclip.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.config.EverclipConfig;

/** Reads topics from the beginning, committed records only; used by one thread. */
final class TopicReader implements AutoCloseable {

  private static final int FETCH_BYTES = 16 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final EverclipConfig config;

  TopicReader(EverclipConfig config) {
    this.config = config;
    Properties properties = Clients.consumer(config);
    properties.put("fetch.max.bytes", Integer.toString(FETCH_BYTES));
    properties.put("default.api.timeout.ms", Long.toString(PATIENCE.toMillis()));
    consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Goes to the beginning of the topics. */
  void assign(List<String> topics) {
    var partitions = new ArrayList<TopicPartition>();
    try {
      for (String topic : topics) {
        for (PartitionInfo info : consumer.partitionsFor(topic)) {
          partitions.add(new TopicPartition(topic, info.partition()));
        }
      }
    } catch (TimeoutException e) {
      throw new CliException(
          "Kafka at " + config.kafka().bootstrap() + " does not answer; is 'everclip up' running?",
          e);
    }
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** The next records that are there, waiting at most so long. */
  Iterable<ConsumerRecord<byte[], byte[]>> poll(Duration time) {
    return consumer.poll(time);
  }

  /** Ends a waiting {@link #poll} with a WakeupException; the only method for other threads. */
  void wakeup() {
    consumer.wakeup();
  }

  /** Where the assigned partitions begin. */
  Map<TopicPartition, Long> beginnings() {
    return consumer.beginningOffsets(consumer.assignment());
  }

  /** Where the committed records of the assigned partitions end now. */
  Map<TopicPartition, Long> ends() {
    return consumer.endOffsets(consumer.assignment());
  }

  /** Whether everything before these ends was read. */
  boolean reached(Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue());
  }

  /** Hands over every record of a topic that is committed now. */
  void readAll(String topic, Consumer<ConsumerRecord<byte[], byte[]>> take) {
    assign(List.of(topic));
    Map<TopicPartition, Long> ends = ends();
    while (!reached(ends)) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
        long end = ends.getOrDefault(new TopicPartition(record.topic(), record.partition()), 0L);
        if (record.offset() < end) {
          take.accept(record);
        }
      }
    }
  }

  @Override
  public void close() {
    consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(2)));
  }
}
