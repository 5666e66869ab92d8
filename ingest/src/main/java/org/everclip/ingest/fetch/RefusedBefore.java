package org.everclip.ingest.fetch;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;

/**
 * Finds the pairs that the gate refused with URL_NOT_FETCHED while the fetcher was switched off and
 * that lie ahead of the fetcher's position: they have their outcome and must not get another one.
 */
final class RefusedBefore {

  private static final Duration POLL = Duration.ofMillis(200);

  private RefusedBefore() {}

  /** Reads from the refusals no more than what is as young as the first unread raw record. */
  static Set<RawPosition> find(EverclipConfig config) {
    RecordCodec<RejectedPair> codec =
        RecordCodec.of(Topics.REJECTED, Clients.schemaRegistry(config));
    var found = new HashSet<RawPosition>();
    try (var consumer =
        new KafkaConsumer<>(
            FetchLoop.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      Map<TopicPartition, Long> unread = unread(consumer);
      long since = firstTime(consumer, unread);
      if (since == Long.MAX_VALUE) {
        return found;
      }
      List<TopicPartition> rejected = partitions(consumer, Topics.REJECTED.name());
      consumer.assign(rejected);
      Map<TopicPartition, Long> ends = consumer.endOffsets(rejected);
      Map<TopicPartition, OffsetAndTimestamp> starts =
          consumer.offsetsForTimes(rejected.stream().collect(Collectors.toMap(p -> p, p -> since)));
      for (TopicPartition partition : rejected) {
        OffsetAndTimestamp start = starts.get(partition);
        consumer.seek(partition, start == null ? ends.get(partition) : start.offset());
      }
      while (behind(consumer, ends)) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          take(codec, record, unread, found);
        }
      }
    }
    return found;
  }

  private static void take(
      RecordCodec<RejectedPair> codec,
      ConsumerRecord<byte[], byte[]> record,
      Map<TopicPartition, Long> unread,
      Set<RawPosition> found) {
    try {
      RejectedPair rejected = Objects.requireNonNull(codec.decode(record.value()));
      RawPosition at = rejected.getRawPosition();
      long from =
          unread.getOrDefault(new TopicPartition(at.getTopic(), at.getPartition()), Long.MAX_VALUE);
      if (rejected.getReason() == RejectionReason.URL_NOT_FETCHED && at.getOffset() >= from) {
        found.add(at);
      }
    } catch (MalformedRecordException e) {
      // Not a refusal that any role of ours wrote.
    }
  }

  /** Where the fetcher will begin in each raw partition. */
  private static Map<TopicPartition, Long> unread(KafkaConsumer<byte[], byte[]> consumer) {
    List<TopicPartition> raw = partitions(consumer, Topics.RAW.name());
    var unread = new HashMap<TopicPartition, Long>(consumer.beginningOffsets(raw));
    Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.copyOf(raw));
    committed.forEach(
        (partition, at) -> {
          if (at != null) {
            unread.merge(partition, at.offset(), Math::max);
          }
        });
    return unread;
  }

  /** When the first unread raw record arrived; MAX_VALUE if there is none. */
  private static long firstTime(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> unread) {
    long first = Long.MAX_VALUE;
    for (Map.Entry<TopicPartition, Long> entry : unread.entrySet()) {
      consumer.assign(List.of(entry.getKey()));
      consumer.seek(entry.getKey(), entry.getValue());
      Map<TopicPartition, Long> end = consumer.endOffsets(List.of(entry.getKey()));
      boolean none = true;
      while (none && behind(consumer, end)) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (none) {
            first = Math.min(first, record.timestamp());
          }
          none = false;
        }
      }
    }
    return first;
  }

  private static boolean behind(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
  }

  private static List<TopicPartition> partitions(
      KafkaConsumer<byte[], byte[]> consumer, String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(info -> new TopicPartition(topic, info.partition()))
        .toList();
  }
}
