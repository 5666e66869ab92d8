package org.everclip.ingest.gate;

import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.avro.PairHash;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.config.EverclipConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The third step, one task for all: reads {@code pairs.hashes} in its total order, compares each
 * fingerprint with all before it and sends the verdict back to its pairId.
 */
final class CompareStep extends ContextualProcessor<String, byte[], String, Emission> {

  private static final Logger log = LoggerFactory.getLogger(CompareStep.class);

  private final RecordCodec<PairHash> codec;
  private final EverclipConfig.Gate settings;
  private HashIndex index;

  @SuppressWarnings("NullAway.Init")
  CompareStep(RecordCodec<PairHash> codec, EverclipConfig.Gate settings) {
    this.codec = codec;
    this.settings = settings;
  }

  @Override
  public void init(ProcessorContext<String, Emission> context) {
    super.init(context);
    KeyValueStore<Bytes, byte[]> entries = context.getStateStore(IngestTopology.INDEX);
    KeyValueStore<Bytes, byte[]> lookups = context.getStateStore(IngestTopology.LOOKUPS);
    index = new HashIndex(entries, lookups, codec, settings);
  }

  @Override
  public void process(Record<String, byte[]> record) {
    Verdict verdict;
    String pairId;
    if (record.value() == null) {
      RawPosition position = Positions.of(record.headers());
      if (record.key() == null || position == null) {
        log.warn("pairs.hashes has a deletion without key or position; the gate did not write it");
        return;
      }
      pairId = record.key();
      index.forget(pairId);
      verdict =
          new Verdict(
              Verdict.Kind.FORGOTTEN, position.getPartition(), position.getOffset(), "", "");
    } else {
      PairHash hash;
      try {
        hash = codec.decode(record.value());
      } catch (MalformedRecordException e) {
        log.warn("pairs.hashes has a record that the gate did not write: {}", e.getMessage());
        return;
      }
      if (hash == null) {
        throw new AssertionError("only null decodes to null");
      }
      pairId = hash.getPairId();
      verdict = index.offer(hash);
    }
    var emission = new Emission(Emission.Target.VERDICTS, verdict.encode());
    context().forward(new Record<>(pairId, emission, record.timestamp()));
  }
}
