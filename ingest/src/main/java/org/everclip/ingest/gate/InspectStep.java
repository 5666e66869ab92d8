package org.everclip.ingest.gate;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.PairHash;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectionReason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first step: decodes a raw record and judges it by itself. Whatever the bytes are, one record
 * goes on, to the candidates or to the rejected; only a schema registry that does not answer stops
 * the step, because that is no fault of the record.
 */
final class InspectStep extends ContextualProcessor<byte[], byte[], String, Emission> {

  private static final Logger log = LoggerFactory.getLogger(InspectStep.class);

  /** Room for what the accepted record adds to the pair: hashes, times, frame. */
  private static final int ACCEPTED_MARGIN_BYTES = 16 << 10;

  private final RawPairCodec raw;
  private final Inspector inspector;
  private final RecordCodec<AcceptedPair> pairs;
  private final RecordCodec<PairHash> hashes;
  private final Rejections rejections;
  private final GateMeters meters;
  private final boolean leavesUrls;

  /**
   * Prepares.
   *
   * @param leavesUrls pairs that name a url are the fetcher's: it writes their outcome, not the
   *     gate
   */
  InspectStep(
      RawPairCodec raw,
      Inspector inspector,
      RecordCodec<AcceptedPair> pairs,
      RecordCodec<PairHash> hashes,
      Rejections rejections,
      GateMeters meters,
      boolean leavesUrls) {
    this.raw = raw;
    this.inspector = inspector;
    this.pairs = pairs;
    this.hashes = hashes;
    this.rejections = rejections;
    this.meters = meters;
    this.leavesUrls = leavesUrls;
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata metadata =
        context()
            .recordMetadata()
            .orElseThrow(() -> new IllegalStateException("a raw record has a position"));
    var position = new RawPosition(Topics.RAW.name(), metadata.partition(), metadata.offset());
    Instant arrival = Instant.ofEpochMilli(record.timestamp());
    byte[] value = record.value();
    Inspection inspection = inspect(value, position, arrival);
    if (inspection instanceof Inspection.Refused refused) {
      if (leavesUrls && refused.reason() == RejectionReason.URL_NOT_FETCHED) {
        return;
      }
      reject(refused, position, value, record.timestamp());
      return;
    }
    Candidate candidate = candidate(inspection, position, arrival, value);
    byte[] encoded = candidate.encode();
    if (encoded.length > Topics.ACCEPTED.maxBytes() - ACCEPTED_MARGIN_BYTES) {
      var refused =
          new Inspection.Refused(
              RejectionReason.RECORD_TOO_LARGE,
              encoded.length + " bytes in normal form, more than pairs.accepted can carry",
              candidate.pairId(),
              candidate.source());
      reject(refused, position, value, record.timestamp());
      return;
    }
    context()
        .forward(
            new Record<>(
                candidate.pairId(),
                new Emission(Emission.Target.CANDIDATES, encoded),
                record.timestamp()));
  }

  private Inspection inspect(byte @Nullable [] value, RawPosition position, Instant arrival) {
    if (value != null && value.length > Topics.RAW.maxBytes()) {
      return refused(
          RejectionReason.RECORD_TOO_LARGE,
          value.length + " bytes, at most " + Topics.RAW.maxBytes());
    }
    ImageTextPair pair;
    try {
      pair = raw.decode(value);
    } catch (MalformedRecordException e) {
      return refused(RejectionReason.UNDECODABLE_RECORD, String.valueOf(e.getMessage()));
    }
    try {
      return inspector.inspect(pair, position, arrival);
    } catch (RuntimeException e) {
      // A defect of ours must cost one pair, not the stream; the record can be offered again.
      log.error("inspection of {} failed", Positions.text(position), e);
      return refused(RejectionReason.OTHER, "inspection failed: " + e);
    }
  }

  private static Inspection refused(RejectionReason reason, String detail) {
    return new Inspection.Refused(reason, detail, null, null);
  }

  private Candidate candidate(
      Inspection inspection, RawPosition position, Instant arrival, byte[] value) {
    byte[] head = Rejections.head(value);
    if (inspection instanceof Inspection.Passed passed) {
      return new Candidate(
          passed.pair().getPairId(),
          passed.pair().getSource(),
          position,
          arrival,
          value.length,
          head,
          offer(passed));
    }
    if (inspection instanceof Inspection.Deletion deletion) {
      return new Candidate(
          deletion.pairId(), deletion.source(), position, arrival, value.length, head, null);
    }
    throw new AssertionError("unhandled " + inspection);
  }

  private Candidate.Offer offer(Inspection.Passed passed) {
    AcceptedPair pair = passed.pair();
    return new Candidate.Offer(
        Known.content(pair),
        Objects.requireNonNull(hashes.encode(passed.fingerprint())),
        ByteBuffer.wrap(Objects.requireNonNull(pairs.encode(pair))));
  }

  private void reject(
      Inspection.Refused refused, RawPosition position, byte @Nullable [] value, long timestamp) {
    meters.rejected(refused.reason(), refused.source());
    String key = refused.pairId() == null ? Rejections.key(position) : refused.pairId();
    byte[] rejected = rejections.raw(refused, position, value, Instant.ofEpochMilli(timestamp));
    context()
        .forward(new Record<>(key, new Emission(Emission.Target.REJECTED, rejected), timestamp));
  }
}
