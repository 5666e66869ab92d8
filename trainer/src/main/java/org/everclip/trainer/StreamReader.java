package org.everclip.trainer;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.service.Health;
import org.everclip.service.StopSignal;
import org.everclip.trainer.replay.Arrival;
import org.everclip.trainer.replay.Arrivals;
import org.everclip.trainer.replay.ReplayStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies {@code pairs.reinforced} into the replay store, all partitions, from where the store says.
 * It reads on while rounds train, unless the store holds enough that no round has taken.
 */
final class StreamReader implements Runnable {

  private static final Logger log = LoggerFactory.getLogger(StreamReader.class);
  private static final String PART = "stream";
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final Consumer<String, byte[]> consumer;
  private final RecordCodec<ReinforcedPair> codec;
  private final ReplayStore store;
  private final int maxPending;
  private final Refusals refusals;
  private final Health health;
  private final StopSignal stop;
  private volatile Instant lastArrival = Instant.now();

  StreamReader(
      Consumer<String, byte[]> consumer,
      RecordCodec<ReinforcedPair> codec,
      ReplayStore store,
      int maxPending,
      Refusals refusals,
      Health health,
      StopSignal stop) {
    this.consumer = consumer;
    this.codec = codec;
    this.store = store;
    this.maxPending = maxPending;
    this.refusals = refusals;
    this.health = health;
    this.stop = stop;
  }

  /** When a trainable pair last arrived, or when the reader was made. */
  Instant lastArrival() {
    return lastArrival;
  }

  /** Reads until the stop; closes the consumer. */
  @Override
  public void run() {
    try (consumer) {
      while (!stop.requested() && !assign()) {
        stop.await(RETRY);
      }
      while (!stop.requested()) {
        try {
          read();
        } catch (UncheckedIOException | KafkaException e) {
          log.warn("reading {} again: {}", Topics.REINFORCED.name(), e.getMessage());
          health.down(PART, String.valueOf(e.getMessage()));
          seek(consumer.assignment());
          stop.await(RETRY);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("reading {} has ended", Topics.REINFORCED.name(), e);
      health.down(PART, "reading has ended: " + e);
      stop.request();
    }
  }

  private boolean assign() {
    List<TopicPartition> partitions = List.of();
    try {
      partitions =
          consumer.partitionsFor(Topics.REINFORCED.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
    } catch (KafkaException e) {
      log.debug("no partitions yet", e);
    }
    if (partitions.isEmpty()) {
      health.down(PART, "topic " + Topics.REINFORCED.name() + " is not there (yet)");
      return false;
    }
    consumer.assign(partitions);
    seek(partitions);
    health.up(PART);
    return true;
  }

  private void seek(Collection<TopicPartition> partitions) {
    Map<Integer, Long> offsets = store.offsets();
    for (TopicPartition partition : partitions) {
      Long offset = offsets.get(partition.partition());
      if (offset == null) {
        consumer.seekToBeginning(List.of(partition));
      } else {
        consumer.seek(partition, offset);
      }
    }
  }

  private void read() {
    int pending = store.pendingCounts().values().stream().mapToInt(Integer::intValue).sum();
    if (pending < maxPending) {
      consumer.resume(consumer.assignment());
    } else {
      consumer.pause(consumer.assignment());
    }
    ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
    if (records.isEmpty()) {
      return;
    }
    var arrivals = new ArrayList<Arrival>(records.count());
    records.forEach(record -> decode(record, arrivals));
    var next = new HashMap<Integer, Long>();
    for (TopicPartition partition : records.partitions()) {
      next.put(partition.partition(), consumer.position(partition));
    }
    Arrivals result = store.take(arrivals, next);
    if (result.stored() > 0) {
      lastArrival = Instant.now();
    }
    health.up(PART);
  }

  private void decode(ConsumerRecord<String, byte[]> record, List<Arrival> arrivals) {
    String key = record.key();
    try {
      ReinforcedPair pair = codec.decode(record.value());
      if (key == null || (pair != null && !key.equals(pair.getPair().getPairId()))) {
        throw new MalformedRecordException("expected the pairId as key, but the key is " + key);
      }
      arrivals.add(new Arrival(key, pair, record.partition(), record.offset()));
    } catch (MalformedRecordException e) {
      log.warn(
          "a record is refused: partition {} offset {}: {}",
          record.partition(),
          record.offset(),
          e.getMessage());
      byte[] value = record.value() == null ? new byte[0] : record.value();
      refusals.record(
          key == null ? "" : key,
          record.partition(),
          record.offset(),
          value,
          String.valueOf(e.getMessage()));
    }
  }
}
