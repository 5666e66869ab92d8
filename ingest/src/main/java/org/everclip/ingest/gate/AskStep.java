package org.everclip.ingest.gate;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.HashSplit;
import org.everclip.contracts.avro.PairHash;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.Split;

/**
 * The second step, by pairId: the candidate waits in a store while its fingerprint goes to {@code
 * pairs.hashes}. A pair that is known already, word for word, is refused here if nothing of its id
 * is under way.
 */
final class AskStep extends ContextualProcessor<String, byte[], String, Emission> {

  private final Candidate.Codec candidates;
  private final RecordCodec<PairHash> hashes;
  private final Rejections rejections;
  private final GateMeters meters;
  private KeyValueStore<String, byte[]> waiting;
  private KeyValueStore<String, byte[]> known;

  @SuppressWarnings("NullAway.Init")
  AskStep(
      Candidate.Codec candidates,
      RecordCodec<PairHash> hashes,
      Rejections rejections,
      GateMeters meters) {
    this.candidates = candidates;
    this.hashes = hashes;
    this.rejections = rejections;
    this.meters = meters;
  }

  @Override
  public void init(ProcessorContext<String, Emission> context) {
    super.init(context);
    waiting = context.getStateStore(IngestTopology.WAITING);
    known = context.getStateStore(IngestTopology.KNOWN);
  }

  @Override
  public void process(Record<String, byte[]> record) {
    Candidate candidate = candidates.decode(record.value());
    if (repeats(candidate)) {
      meters.rejected(RejectionReason.DUPLICATE_EXACT, candidate.source());
      byte[] rejected =
          rejections.candidate(
              candidate,
              RejectionReason.DUPLICATE_EXACT,
              DecideStep.SAME_AGAIN,
              candidate.pairId());
      forward(record, Emission.Target.REJECTED, rejected);
      return;
    }
    waiting.put(
        IngestTopology.waitingKey(
            candidate.pairId(),
            candidate.position().getPartition(),
            candidate.position().getOffset()),
        record.value());
    Inspection.Passed passed = candidate.passed();
    if (passed == null) {
      var headers = new RecordHeaders();
      Positions.put(headers, candidate.position());
      var emission = new Emission(Emission.Target.HASHES, null);
      context().forward(new Record<>(record.key(), emission, record.timestamp(), headers));
    } else {
      byte[] hash = Objects.requireNonNull(hashes.encode(hash(passed)));
      forward(record, Emission.Target.HASHES, hash);
    }
  }

  private boolean repeats(Candidate candidate) {
    if (candidate.passed() == null) {
      return false;
    }
    byte[] before = known.get(candidate.pairId());
    if (before == null
        || !Known.decode(before).content().equals(Known.content(candidate.passed().pair()))) {
      return false;
    }
    try (KeyValueIterator<String, byte[]> underWay =
        waiting.prefixScan(candidate.pairId(), new StringSerializer())) {
      return !underWay.hasNext();
    }
  }

  /** The fingerprint that is compared. */
  static PairHash hash(Inspection.Passed passed) {
    AcceptedPair pair = passed.pair();
    return PairHash.newBuilder()
        .setPairId(pair.getPairId())
        .setRevision(0)
        .setPerceptualHash(pair.getPerceptualHash())
        .setThumbnail(ByteBuffer.wrap(passed.thumbnail()))
        .setCaptionSha256(Sha256.hex(pair.getCaption()))
        .setImageSha256(pair.getImageSha256())
        .setSplit(pair.getSplit() == Split.TRAIN ? HashSplit.TRAIN : HashSplit.HOLDOUT)
        .setRawPosition(pair.getRawPosition())
        .build();
  }

  private void forward(Record<String, byte[]> record, Emission.Target target, byte[] value) {
    context().forward(new Record<>(record.key(), new Emission(target, value), record.timestamp()));
  }
}
