package org.everclip.service;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.config.EverclipConfig;
import org.jspecify.annotations.Nullable;

/**
 * Reads refused raw records again by their positions and sends them to {@code pairs.raw} as they
 * were. For one thread.
 */
public final class Redrive implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** What became of one. */
  public enum Outcome {
    SENT,
    /** The raw topic no longer holds it. */
    EXPIRED,
    /** It was refused after the gate: the pair is accepted, `reconcile` re-drives those. */
    NOT_FROM_THE_GATE
  }

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final KafkaProducer<byte[], byte[]> producer;

  public Redrive(EverclipConfig config) {
    this.consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.producer =
        new KafkaProducer<>(
            Clients.producer(config), new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Sends one again and waits until the brokers have it. */
  public Outcome again(RejectedPair rejected) throws InterruptedException {
    if (rejected.getStage() != RejectionStage.GATE && rejected.getStage() != RejectionStage.FETCH) {
      return Outcome.NOT_FROM_THE_GATE;
    }
    ConsumerRecord<byte[], byte[]> raw = read(rejected.getRawPosition());
    if (raw == null) {
      return Outcome.EXPIRED;
    }
    try {
      producer
          .send(
              new ProducerRecord<>(
                  Topics.RAW.name(), null, null, raw.key(), raw.value(), raw.headers()))
          .get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the brokers did not take the record: " + e.getCause(), e);
    }
    return Outcome.SENT;
  }

  private @Nullable ConsumerRecord<byte[], byte[]> read(RawPosition position) {
    var partition = new TopicPartition(position.getTopic(), position.getPartition());
    consumer.assign(List.of(partition));
    long first = consumer.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L);
    long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
    long offset = position.getOffset();
    if (offset < first || offset >= end) {
      return null;
    }
    consumer.seek(partition, offset);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        return record.offset() == offset ? record : null;
      }
      if (consumer.position(partition) > offset) {
        return null;
      }
    }
    throw new IllegalStateException(partition + " gave nothing at offset " + offset);
  }

  @Override
  public void close() {
    consumer.close();
    producer.close();
  }
}
