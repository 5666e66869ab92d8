package org.everclip.ingest.produce;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.StopSignal;

/**
 * Waits, once all is sent, for what the gate decides about it, by raw positions. {@link #sent} may
 * be called on any thread, the rest is for one.
 */
public final class Decisions implements AutoCloseable {

  private static final String INSTEAD_OF = "everclip.redriven-from";
  private static final Duration POLL = Duration.ofMillis(200);

  private final RecordCodec<AcceptedPair> accepted;
  private final RecordCodec<RejectedPair> rejected;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Set<String> waiting = new HashSet<>();
  private final Map<String, Long> counts = new TreeMap<>();

  /**
   * Remembers where the topics end now: what is sent from here on is decided beyond.
   *
   * @param fetched whether pairs will be fetched, and so go on under another position
   */
  public Decisions(EverclipConfig config, boolean fetched) {
    var registry = Clients.schemaRegistry(config);
    this.accepted = RecordCodec.of(Topics.ACCEPTED, registry);
    this.rejected = RecordCodec.of(Topics.REJECTED, registry);
    this.consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    var topics = new ArrayList<String>(List.of(Topics.ACCEPTED.name(), Topics.REJECTED.name()));
    if (fetched) {
      topics.add(Topics.RAW.name());
    }
    List<TopicPartition> partitions =
        topics.stream()
            .flatMap(topic -> consumer.partitionsFor(topic).stream())
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    new HashMap<>(consumer.endOffsets(partitions)).forEach(consumer::seek);
  }

  /** Notes an acknowledged pair. */
  public void sent(RawPosition at) {
    synchronized (waiting) {
      waiting.add(text(at));
    }
  }

  /** Waits until all is decided or the time is over; counts by outcome, undecided ones as such. */
  public Map<String, Long> await(Duration time, StopSignal stop) {
    long deadline = System.nanoTime() + time.toNanos();
    while (undecided() > 0 && System.nanoTime() < deadline && !stop.requested()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        take(record);
      }
    }
    var result = new TreeMap<>(counts);
    if (undecided() > 0) {
      result.put("undecided", undecided());
    }
    return result;
  }

  private long undecided() {
    synchronized (waiting) {
      return waiting.size();
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(Topics.RAW.name())) {
      Header before = record.headers().lastHeader(INSTEAD_OF);
      if (before != null && remove(new String(before.value(), UTF_8))) {
        sent(new RawPosition(record.topic(), record.partition(), record.offset()));
      }
    } else if (record.value() != null && record.topic().equals(Topics.ACCEPTED.name())) {
      count(Objects.requireNonNull(accepted.decode(record.value())).getRawPosition(), "accepted");
    } else if (record.value() != null) {
      RejectedPair refusal = Objects.requireNonNull(rejected.decode(record.value()));
      String reason = refusal.getReason().name().toLowerCase(Locale.ROOT).replace('_', ' ');
      count(refusal.getRawPosition(), reason);
    }
  }

  private void count(RawPosition at, String outcome) {
    if (remove(text(at))) {
      counts.merge(outcome, 1L, Long::sum);
    }
  }

  private boolean remove(String position) {
    synchronized (waiting) {
      return waiting.remove(position);
    }
  }

  private static String text(RawPosition at) {
    return at.getTopic() + ":" + at.getPartition() + ":" + at.getOffset();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
