package org.everclip.ingest.rejected;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.jspecify.annotations.Nullable;

/** Reads {@code pairs.rejected} from a time to its present end. */
public final class RejectedLog {

  private static final Duration POLL = Duration.ofMillis(200);

  private final EverclipConfig config;
  private final RecordCodec<RejectedPair> codec;

  public RejectedLog(EverclipConfig config) {
    this.config = config;
    this.codec = RecordCodec.of(Topics.REJECTED, Clients.schemaRegistry(config));
  }

  /**
   * What to look for.
   *
   * @param reasons empty: all
   * @param since the first moment; null: from the beginning
   * @param until the moment after the last; null: up to now
   * @param limit only the newest so many
   */
  public record Query(
      Set<RejectionReason> reasons,
      @Nullable Instant since,
      @Nullable Instant until,
      @Nullable String source,
      int limit) {

    boolean matches(RejectedPair rejected) {
      return (reasons.isEmpty() || reasons.contains(rejected.getReason()))
          && (source == null || source.equals(rejected.getSource()))
          && (since == null || !rejected.getRejectedTime().isBefore(since))
          && (until == null || rejected.getRejectedTime().isBefore(until));
    }
  }

  /** The refusals that the query asks for, oldest first. */
  public List<RejectedPair> find(Query query) {
    var found = new ArrayDeque<RejectedPair>();
    try (var consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.REJECTED.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      seek(consumer, partitions, ends, query.since());
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          RejectedPair rejected = codec.decode(record.value());
          if (rejected != null && query.matches(rejected)) {
            found.add(rejected);
            if (found.size() > 2L * query.limit()) {
              trim(found, query.limit());
            }
          }
        }
      }
    }
    trim(found, query.limit());
    return List.copyOf(found);
  }

  private static void seek(
      KafkaConsumer<byte[], byte[]> consumer,
      List<TopicPartition> partitions,
      Map<TopicPartition, Long> ends,
      @Nullable Instant since) {
    consumer.seekToBeginning(partitions);
    if (since == null) {
      return;
    }
    var times = new HashMap<TopicPartition, Long>();
    partitions.forEach(partition -> times.put(partition, since.toEpochMilli()));
    Map<TopicPartition, OffsetAndTimestamp> starts = consumer.offsetsForTimes(times);
    for (TopicPartition partition : partitions) {
      OffsetAndTimestamp start = starts.get(partition);
      consumer.seek(partition, start == null ? ends.get(partition) : start.offset());
    }
  }

  /** Partitions are read one after the other, so the newest are found by their time. */
  private static void trim(ArrayDeque<RejectedPair> found, int limit) {
    List<RejectedPair> sorted =
        found.stream().sorted(Comparator.comparing(RejectedPair::getRejectedTime)).toList();
    found.clear();
    found.addAll(sorted.subList(Math.max(0, sorted.size() - limit), sorted.size()));
  }
}
