package org.everclip.ingest.gate;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.RejectionStage;
import org.jspecify.annotations.Nullable;

/** Makes the records of {@code pairs.rejected}; all parts are bounded. Thread-safe. */
final class Rejections {

  private static final int MAX_HEAD_BYTES = 1024;
  private static final int MAX_DETAIL_CHARS = 500;
  private static final int MAX_SOURCE_CHARS = 256;

  private final RecordCodec<RejectedPair> codec;

  Rejections(RecordCodec<RejectedPair> codec) {
    this.codec = codec;
  }

  /** The first bytes of a raw value. */
  static byte[] head(byte @Nullable [] value) {
    return value == null
        ? new byte[0]
        : Arrays.copyOf(value, Math.min(value.length, MAX_HEAD_BYTES));
  }

  /** Where a record without an identity is filed. */
  static String key(RawPosition position) {
    return position.getTopic() + "-" + position.getPartition() + "-" + position.getOffset();
  }

  byte[] raw(
      Inspection.Refused refused, RawPosition position, byte @Nullable [] value, Instant time) {
    return encode(
        RejectedPair.newBuilder()
            .setReason(refused.reason())
            .setDetail(clip(refused.detail(), MAX_DETAIL_CHARS))
            .setPairId(refused.pairId())
            .setSource(clipped(refused.source()))
            .setSizeBytes(value == null ? 0 : value.length)
            .setHead(ByteBuffer.wrap(head(value))),
        position,
        time);
  }

  byte[] candidate(
      Candidate candidate, RejectionReason reason, String detail, @Nullable String duplicateOf) {
    return encode(
        RejectedPair.newBuilder()
            .setReason(reason)
            .setDetail(clip(detail, MAX_DETAIL_CHARS))
            .setPairId(candidate.pairId())
            .setSource(clipped(candidate.source()))
            .setDuplicateOf(duplicateOf)
            .setSizeBytes(candidate.sizeBytes())
            .setHead(ByteBuffer.wrap(candidate.head())),
        candidate.position(),
        candidate.arrival());
  }

  private byte[] encode(RejectedPair.Builder builder, RawPosition position, Instant time) {
    return Objects.requireNonNull(
        codec.encode(
            builder
                .setStage(RejectionStage.GATE)
                .setRawPosition(position)
                .setRejectedTime(time)
                .build()));
  }

  private static @Nullable String clipped(@Nullable String text) {
    return text == null ? null : clip(text, MAX_SOURCE_CHARS);
  }

  private static String clip(String text, int max) {
    return text.length() <= max ? text : text.substring(0, max) + "…";
  }
}
