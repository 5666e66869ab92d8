package org.everclip.ingest.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.PairId;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.ingest.gate.Inspection;
import org.everclip.ingest.gate.Inspector;
import org.jspecify.annotations.Nullable;

/**
 * Tells which raw records are for the fetcher, and makes the records that it writes: the raw record
 * with its picture, or a refusal. Thread-safe.
 */
final class UrlPairs {

  /** Says which raw record this one stands for; {@code reconcile} counts that one as decided. */
  static final String INSTEAD_OF = "everclip.redriven-from";

  /** The picture is not the one that the pair's sha256 names. */
  static final String WRONG_CHECKSUM = "everclip.sha256Mismatch";

  /** Where the picture was in the end, if a redirection led there. */
  static final String FETCHED_FROM = "everclip.fetchedFrom";

  /** The attribute in which a producer says the picture's sha256. */
  static final String CHECKSUM = "sha256";

  private static final int FRAME_BYTES = 1024;
  private static final int MAX_HEAD_BYTES = 1024;
  private static final int MAX_DETAIL_CHARS = 500;
  private static final int MAX_SOURCE_CHARS = 256;

  /**
   * A raw record that names an address instead of a picture.
   *
   * @param head the first bytes of the raw value; not copied, do not modify
   */
  @SuppressWarnings("ArrayRecordComponent")
  record UrlPair(
      ImageTextPair pair,
      RawPosition position,
      byte @Nullable [] key,
      byte[] head,
      int sizeBytes,
      Instant arrival) {

    String url() {
      return Objects.requireNonNull(pair.getUrl());
    }

    String source() {
      return pair.getSource();
    }
  }

  private final RawPairCodec raw;
  private final RecordCodec<RejectedPair> rejected;
  private final Inspector inspector;
  private final String wrongChecksum;

  /**
   * Prepares.
   *
   * @param inspector the gate's own: what it refuses for another reason is not for the fetcher
   * @param wrongChecksum label, reject or ignore
   */
  UrlPairs(
      RawPairCodec raw,
      RecordCodec<RejectedPair> rejected,
      Inspector inspector,
      String wrongChecksum) {
    this.raw = raw;
    this.rejected = rejected;
    this.inspector = inspector;
    this.wrongChecksum = wrongChecksum;
  }

  /** The pair if the record is for the fetcher, else null. */
  @Nullable UrlPair read(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    ImageTextPair pair;
    try {
      pair = raw.decode(value);
    } catch (MalformedRecordException e) {
      return null;
    }
    ByteBuffer image = pair.getImage();
    if (value == null || pair.getUrl() == null || (image != null && image.hasRemaining())) {
      return null;
    }
    var position = new RawPosition(Topics.RAW.name(), record.partition(), record.offset());
    Instant arrival = Instant.ofEpochMilli(record.timestamp());
    boolean ours =
        inspector.inspect(pair, position, arrival) instanceof Inspection.Refused refused
            && refused.reason() == RejectionReason.URL_NOT_FETCHED;
    byte[] head = Arrays.copyOf(value, Math.min(value.length, MAX_HEAD_BYTES));
    return ours ? new UrlPair(pair, position, record.key(), head, value.length, arrival) : null;
  }

  /**
   * Compares the picture with the pair's checksum, if it has one.
   *
   * @return whether the picture is to be labelled
   */
  boolean isOther(UrlPair pair, byte[] bytes) throws FetchFailure {
    String expected = pair.pair().getAttributes().get(CHECKSUM);
    if (expected == null
        || wrongChecksum.equals("ignore")
        || expected.strip().toLowerCase(Locale.ROOT).equals(Sha256.hex(bytes))) {
      return false;
    }
    if (wrongChecksum.equals("reject")) {
      throw FetchFailure.lasting(
          RejectionReason.FETCH_CHECKSUM,
          "the picture is not the one whose sha256 the pair names (fetch.wrongChecksum)");
    }
    return true;
  }

  /** The raw record with its picture, or the refusal of one that has become too large. */
  ProducerRecord<byte[], byte[]> fetched(UrlPair pair, Outcome.Arrived arrived) throws IOException {
    Map<String, String> attributes = new HashMap<>(pair.pair().getAttributes());
    if (arrived.other()) {
      attributes.put(WRONG_CHECKSUM, "true");
    }
    if (!arrived.address().equals(pair.url())) {
      attributes.put(FETCHED_FROM, arrived.address());
    }
    ImageTextPair whole =
        ImageTextPair.newBuilder(pair.pair())
            .setImage(ByteBuffer.wrap(arrived.bytes().take()))
            .setAttributes(attributes)
            .build();
    byte[] value = raw.encode(whole);
    if (value.length > Topics.RAW.maxBytes() - FRAME_BYTES) {
      return refused(
          pair,
          FetchFailure.lasting(
              RejectionReason.RECORD_TOO_LARGE, value.length + " bytes with its picture"));
    }
    var record = new ProducerRecord<>(Topics.RAW.name(), pair.key(), value);
    RawPosition at = pair.position();
    String position = at.getTopic() + ":" + at.getPartition() + ":" + at.getOffset();
    record.headers().add(INSTEAD_OF, position.getBytes(UTF_8));
    return record;
  }

  ProducerRecord<byte[], byte[]> refused(UrlPair pair, FetchFailure failure) {
    String pairId = PairId.of(pair.pair());
    byte[] value =
        rejected.encode(
            RejectedPair.newBuilder()
                .setReason(failure.reason())
                .setStage(RejectionStage.FETCH)
                .setDetail(clip(failure.detail(), MAX_DETAIL_CHARS))
                .setPairId(pairId)
                .setSource(clip(pair.source(), MAX_SOURCE_CHARS))
                .setRawPosition(pair.position())
                .setSizeBytes(pair.sizeBytes())
                .setHead(ByteBuffer.wrap(pair.head()))
                .setRejectedTime(pair.arrival())
                .build());
    return new ProducerRecord<>(
        Topics.REJECTED.name(),
        null,
        Math.max(0, pair.arrival().toEpochMilli()),
        pairId.getBytes(UTF_8),
        value);
  }

  private static String clip(String text, int max) {
    return text.length() <= max ? text : text.substring(0, max) + "…";
  }
}
