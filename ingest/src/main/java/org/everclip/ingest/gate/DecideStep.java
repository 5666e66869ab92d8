package org.everclip.ingest.gate;

import java.util.Arrays;
import java.util.Objects;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last step, by pairId: the verdict meets the candidate that waits for it. Verdicts of one id
 * arrive in the order of its candidates, so revisions count up and a deletion deletes what came
 * before it.
 */
final class DecideStep extends ContextualProcessor<String, byte[], String, Emission> {

  static final String SAME_AGAIN = "the same caption and picture are known under this id";

  private static final Logger log = LoggerFactory.getLogger(DecideStep.class);

  private final RecordCodec<AcceptedPair> pairs;
  private final Rejections rejections;
  private final GateMeters meters;
  private KeyValueStore<String, byte[]> waiting;
  private KeyValueStore<String, byte[]> known;

  @SuppressWarnings("NullAway.Init")
  DecideStep(RecordCodec<AcceptedPair> pairs, Rejections rejections, GateMeters meters) {
    this.pairs = pairs;
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
    Verdict verdict = Verdict.decode(record.value());
    byte[] waited =
        waiting.delete(
            IngestTopology.waitingKey(record.key(), verdict.partition(), verdict.offset()));
    if (waited == null) {
      log.error("no candidate waits for {} ({})", verdict, record.key());
      return;
    }
    Candidate candidate = Candidate.decode(waited);
    byte[] before = known.get(record.key());
    Known memory = before == null ? null : Known.decode(before);
    Candidate.Offer offer = candidate.offer();
    if (offer == null) {
      delete(candidate, memory, record);
      return;
    }
    if (memory != null && memory.content().equals(offer.content())) {
      reject(candidate, RejectionReason.DUPLICATE_EXACT, SAME_AGAIN, record.key(), record);
      return;
    }
    switch (verdict.kind()) {
      case UNIQUE -> accept(candidate, offer, memory, record);
      case DUPLICATE_EXACT ->
          reject(
              candidate,
              RejectionReason.DUPLICATE_EXACT,
              "the same caption and picture are known under another id",
              verdict.other(),
              record);
      case DUPLICATE_NEAR ->
          reject(
              candidate, RejectionReason.DUPLICATE_NEAR, verdict.detail(), verdict.other(), record);
      case NEAR_HOLDOUT ->
          reject(
              candidate, RejectionReason.NEAR_HOLDOUT, verdict.detail(), verdict.other(), record);
      case FORGOTTEN ->
          throw new IllegalStateException("a deletion's verdict for a pair: " + verdict);
    }
  }

  private void accept(
      Candidate candidate,
      Candidate.Offer offer,
      @Nullable Known memory,
      Record<String, byte[]> record) {
    byte[] first =
        Arrays.copyOfRange(offer.pair().array(), offer.pair().position(), offer.pair().limit());
    Known now;
    byte[] accepted;
    if (memory == null) {
      // By far the most: the bytes go on as they came.
      now = new Known(Known.FIRST_REVISION, candidate.arrival(), offer.content());
      accepted = first;
    } else {
      now = new Known(memory.revision() + 1, memory.firstSeen(), offer.content());
      AcceptedPair pair = Objects.requireNonNull(pairs.decode(first));
      pair.setRevision(now.revision());
      pair.setFirstSeenTime(now.firstSeen());
      accepted = Objects.requireNonNull(pairs.encode(pair));
    }
    known.put(record.key(), now.encode());
    meters.accepted(candidate.source());
    forward(record, new Emission(Emission.Target.ACCEPTED, accepted));
  }

  private void delete(Candidate candidate, @Nullable Known memory, Record<String, byte[]> record) {
    if (memory == null || memory.deleted()) {
      reject(
          candidate,
          RejectionReason.METADATA_INVALID,
          "DELETE of an id that is not known: source and externalId must be those of the pair",
          null,
          record);
      return;
    }
    known.put(record.key(), memory.withoutContent().encode());
    meters.deleted();
    var headers = new RecordHeaders();
    Positions.put(headers, candidate.position());
    var tombstone = new Emission(Emission.Target.ACCEPTED, null);
    context().forward(new Record<>(record.key(), tombstone, record.timestamp(), headers));
  }

  private void reject(
      Candidate candidate,
      RejectionReason reason,
      String detail,
      @Nullable String duplicateOf,
      Record<String, byte[]> record) {
    meters.rejected(reason, candidate.source());
    byte[] rejected = rejections.candidate(candidate, reason, detail, duplicateOf);
    forward(record, new Emission(Emission.Target.REJECTED, rejected));
  }

  private void forward(Record<String, byte[]> record, Emission emission) {
    context().forward(new Record<>(record.key(), emission, record.timestamp()));
  }
}
