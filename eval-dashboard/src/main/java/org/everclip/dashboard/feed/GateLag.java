package org.everclip.dashboard.feed;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.StopSignal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the brokers every other second how far the gate has come in {@code pairs.raw}, and how old
 * the first record is that it has not committed. That record is read once, one a partition. While
 * the brokers are away nothing is known.
 */
public final class GateLag implements Runnable {

  /** The gate's consumer group. */
  static final String GROUP = "everclip-gate";

  private static final Logger log = LoggerFactory.getLogger(GateLag.class);
  private static final Duration INTERVAL = Duration.ofSeconds(2);
  private static final Duration READ = Duration.ofMillis(500);
  private static final int ANSWER_SECONDS = 10;

  /**
   * The first waiting record of a partition; time null when only marks of transactions are left.
   */
  private record First(long offset, long end, @Nullable Instant time) {}

  private final EverclipConfig config;
  private final ReadModel model;
  private final StopSignal stop;
  private final Map<TopicPartition, First> firsts = new HashMap<>();

  public GateLag(EverclipConfig config, ReadModel model, StopSignal stop) {
    this.config = config;
    this.model = model;
    this.stop = stop;
  }

  @Override
  public void run() {
    Properties reading = Clients.consumer(config);
    reading.put("max.poll.records", "1");
    reading.put("max.partition.fetch.bytes", "1");
    reading.put("default.api.timeout.ms", Integer.toString(ANSWER_SECONDS * 1000));
    try (Admin admin = Admin.create(Clients.common(config));
        var consumer =
            new KafkaConsumer<>(
                reading, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      do {
        model.rawWaiting(ask(admin, consumer));
      } while (!stop.await(INTERVAL));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable Waiting ask(Admin admin, KafkaConsumer<byte[], byte[]> consumer)
      throws InterruptedException {
    try {
      List<TopicPartition> partitions = new ArrayList<>();
      for (PartitionInfo info : consumer.partitionsFor(Topics.RAW.name())) {
        partitions.add(new TopicPartition(info.topic(), info.partition()));
      }
      Map<TopicPartition, OffsetAndMetadata> committed = committed(admin);
      return waiting(consumer, partitions, committed);
    } catch (KafkaException | ExecutionException | TimeoutException e) {
      log.debug("how far the gate has come is not known", e);
      return null;
    }
  }

  private static Map<TopicPartition, OffsetAndMetadata> committed(Admin admin)
      throws InterruptedException, ExecutionException, TimeoutException {
    try {
      return admin
          .listConsumerGroupOffsets(GROUP)
          .partitionsToOffsetAndMetadata()
          .get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return Map.of();
      }
      throw e;
    }
  }

  private Waiting waiting(
      KafkaConsumer<byte[], byte[]> consumer,
      List<TopicPartition> partitions,
      Map<TopicPartition, OffsetAndMetadata> committed) {
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    long count = 0;
    Instant oldest = null;
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata done = committed.get(partition);
      long begin = begins.getOrDefault(partition, 0L);
      long from = done == null ? begin : Math.max(begin, done.offset());
      long end = ends.getOrDefault(partition, from);
      if (from >= end) {
        continue;
      }
      First first = first(consumer, partition, from, end);
      Instant time = first.time();
      if (time != null) {
        count += end - from;
        oldest = oldest == null || time.isBefore(oldest) ? time : oldest;
      }
    }
    return new Waiting(count, oldest);
  }

  private First first(
      KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long from, long end) {
    First known = firsts.get(partition);
    if (known != null && known.offset() == from && (known.time() != null || known.end() == end)) {
      return known;
    }
    consumer.assign(List.of(partition));
    consumer.seek(partition, from);
    Instant time = null;
    long deadline = System.nanoTime() + READ.toNanos();
    while (time == null && System.nanoTime() < deadline && consumer.position(partition) < end) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(READ)) {
        time = Instant.ofEpochMilli(record.timestamp());
      }
    }
    var first = new First(from, end, time);
    firsts.put(partition, first);
    return first;
  }
}
