package org.everclip.ingest.gate;

import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.everclip.contracts.avro.RejectionReason;

/**
 * The second step, by pairId: the candidate waits in a store while its fingerprint goes to {@code
 * pairs.hashes}. A pair that is known already, word for word, is refused here if nothing of its id
 * is under way.
 */
final class AskStep extends ContextualProcessor<String, byte[], String, Emission> {

  private final Rejections rejections;
  private final GateMeters meters;
  private KeyValueStore<String, byte[]> waiting;
  private KeyValueStore<String, byte[]> known;

  @SuppressWarnings("NullAway.Init")
  AskStep(Rejections rejections, GateMeters meters) {
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
    Candidate candidate = Candidate.decode(record.value());
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
    Candidate.Offer offer = candidate.offer();
    if (offer == null) {
      var headers = new RecordHeaders();
      Positions.put(headers, candidate.position());
      var emission = new Emission(Emission.Target.HASHES, null);
      context().forward(new Record<>(record.key(), emission, record.timestamp(), headers));
    } else {
      forward(record, Emission.Target.HASHES, offer.hash());
    }
  }

  private boolean repeats(Candidate candidate) {
    Candidate.Offer offer = candidate.offer();
    if (offer == null) {
      return false;
    }
    byte[] before = known.get(candidate.pairId());
    if (before == null || !Known.decode(before).content().equals(offer.content())) {
      return false;
    }
    try (KeyValueIterator<String, byte[]> underWay =
        waiting.prefixScan(candidate.pairId(), new StringSerializer())) {
      return !underWay.hasNext();
    }
  }

  private void forward(Record<String, byte[]> record, Emission.Target target, byte[] value) {
    context().forward(new Record<>(record.key(), new Emission(target, value), record.timestamp()));
  }
}
