package org.everclip.trainer;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.RejectionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what the trainer refuses to {@code pairs.rejected}. Thread-safe. */
final class Refusals {

  private static final Logger log = LoggerFactory.getLogger(Refusals.class);
  private static final int HEAD_BYTES = 1024;

  private final Producer<String, byte[]> producer;
  private final RecordCodec<RejectedPair> codec;
  private final Clock clock;

  Refusals(Producer<String, byte[]> producer, RecordCodec<RejectedPair> codec, Clock clock) {
    this.producer = producer;
    this.codec = codec;
    this.clock = clock;
  }

  /** A pair of a batch that was quarantined. */
  void pair(AcceptedPair pair, RejectionReason reason, String detail) {
    send(
        pair.getPairId(),
        builder(reason, detail)
            .setPairId(pair.getPairId())
            .setRevision(pair.getRevision())
            .setSource(pair.getSource())
            .setRawPosition(pair.getRawPosition())
            .setSizeBytes(pair.getImage().remaining())
            .setHead(ByteBuffer.wrap(new byte[0]))
            .build());
  }

  /** A record of {@code pairs.reinforced} that cannot be read. */
  void record(String key, int partition, long offset, byte[] value, String detail) {
    send(
        key,
        builder(RejectionReason.UNDECODABLE_RECORD, detail)
            .setPairId(key)
            .setRawPosition(new RawPosition(Topics.REINFORCED.name(), partition, offset))
            .setSizeBytes(value.length)
            .setHead(ByteBuffer.wrap(Arrays.copyOf(value, Math.min(HEAD_BYTES, value.length))))
            .build());
  }

  private RejectedPair.Builder builder(RejectionReason reason, String detail) {
    return RejectedPair.newBuilder()
        .setReason(reason)
        .setStage(RejectionStage.TRAIN)
        .setDetail(detail)
        .setRejectedTime(Instant.now(clock));
  }

  private void send(String key, RejectedPair rejected) {
    var unused =
        producer.send(
            new ProducerRecord<>(Topics.REJECTED.name(), key, codec.encode(rejected)),
            (metadata, error) -> {
              if (error != null) {
                log.warn("the refusal of {} could not be written", key, error);
              }
            });
  }
}
