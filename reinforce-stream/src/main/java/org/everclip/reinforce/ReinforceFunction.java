package org.everclip.reinforce;

import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.avro.StoredReinforcement;
import org.jspecify.annotations.Nullable;

/**
 * Sends pairs to the models and turns the answers into records. Whatever is wrong with one record
 * becomes a refusal; a schema registry that does not answer fails the job, which comes back from
 * its checkpoint. Slow models never time out: they only hold the stream back.
 */
final class ReinforceFunction extends RichAsyncFunction<Incoming, Outcome> {

  private static final long serialVersionUID = 1;
  private static final int HEAD_BYTES = 1024;
  private static final int RECORD_OVERHEAD_BYTES = 512;
  private static final int SCHEMA_CACHE = 100;

  private final ReinforceSettings settings;
  private final boolean backfill;
  private transient RecordCodec<AcceptedPair> accepted;
  private transient RecordCodec<ReinforcedPair> reinforced;
  private transient RecordCodec<RejectedPair> rejected;
  private transient ProcessScope.@Nullable Lease lease;

  /**
   * The operator of the live pairs or of a back-fill.
   *
   * @param backfill deletions and pairs with a reinforcement of their own are then passed over: the
   *     live job has dealt with them
   */
  ReinforceFunction(ReinforceSettings settings, boolean backfill) {
    this.settings = settings;
    this.backfill = backfill;
  }

  @Override
  public void open(OpenContext context) {
    var registry = new CachedSchemaRegistryClient(settings.schemaRegistry(), SCHEMA_CACHE);
    accepted = RecordCodec.of(Topics.ACCEPTED, registry);
    reinforced = RecordCodec.of(Topics.REINFORCED, registry);
    rejected = RecordCodec.of(Topics.REJECTED, registry);
    lease = ProcessScope.acquire(settings);
    lease.show(getRuntimeContext().getMetricGroup());
  }

  @Override
  public void close() {
    if (lease != null) {
      lease.close();
    }
  }

  @Override
  public void asyncInvoke(Incoming in, ResultFuture<Outcome> result) throws InterruptedException {
    if (in.value() == null) {
      result.complete(
          in.key() == null || backfill
              ? List.of()
              : List.of(outcome(in, in.key(), Outcome.Kind.DELETED, 0, null)));
      return;
    }
    AcceptedPair pair;
    try {
      pair = decode(in);
    } catch (MalformedRecordException e) {
      result.complete(List.of(refused(in, null, String.valueOf(e.getMessage()))));
      return;
    }
    if (pair.getReinforcement() != null && backfill) {
      result.complete(List.of());
      return;
    }
    if (pair.getReinforcement() != null) {
      result.complete(List.of(brought(in, pair, pair.getReinforcement())));
      return;
    }
    var unused = // the answer goes to the result, as success or as failure
        lease()
            .reinforcer()
            .submit(pair)
            .thenApply(answer -> outcome(in, pair, answer))
            .whenComplete(
                (outcome, failure) -> {
                  if (failure == null) {
                    result.complete(List.of(outcome));
                  } else {
                    result.completeExceptionally(reason(failure));
                  }
                });
  }

  @Override
  public void timeout(Incoming in, ResultFuture<Outcome> result) {
    // Never: the operator has no time limit, and a slow model is no reason to fail.
  }

  /** A bad model is as bad after a restart; everything else is tried again. */
  private static Throwable reason(Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return cause instanceof BadModelException ? new SuppressRestartsException(cause) : failure;
  }

  private AcceptedPair decode(Incoming in) {
    AcceptedPair pair = accepted.decode(in.value());
    if (pair == null) {
      throw new AssertionError("only null decodes to null");
    }
    if (in.key() != null && !in.key().equals(pair.getPairId())) {
      throw new MalformedRecordException(
          "the key is " + in.key() + ", but the record says pairId " + pair.getPairId());
    }
    return pair;
  }

  /** A pair of a published reinforced set: what it brought was checked by the gate. */
  private Outcome brought(Incoming in, AcceptedPair pair, StoredReinforcement brought) {
    return outcome(
        in,
        pair,
        new Reinforcement.Reinforced(
            new ReinforcedPair(
                AcceptedPair.newBuilder(pair).setReinforcement(null).build(),
                brought.getReinforcementVersion(),
                brought.getCaptions(),
                brought.getAugmentations(),
                brought.getTeacherEmbeddings(),
                brought.getQualityScore(),
                Instant.now())));
  }

  private Outcome outcome(Incoming in, AcceptedPair pair, Reinforcement answer) {
    if (answer instanceof Reinforcement.Reinforced made) {
      byte[] value = encoded(reinforced.encode(made.pair()));
      if (value.length + RECORD_OVERHEAD_BYTES > Topics.REINFORCED.maxBytes()) {
        return refused(
            in,
            pair,
            "the reinforced record has %d bytes, the topic takes %d; lower captionsPerImage or augmentationsPerImage"
                .formatted(value.length, Topics.REINFORCED.maxBytes()));
      }
      return new Outcome(
          pair.getPairId(),
          backfill ? Outcome.Kind.BACKFILLED : Outcome.Kind.REINFORCED,
          pair.getRevision(),
          made.pair().getReinforcementVersion(),
          value,
          in.timestamp());
    }
    return refused(in, pair, ((Reinforcement.Refused) answer).detail());
  }

  private Outcome refused(Incoming in, @Nullable AcceptedPair pair, String detail) {
    byte[] payload = in.value() == null ? new byte[0] : in.value();
    String key = pair != null ? pair.getPairId() : in.key();
    var position = new RawPosition(Topics.ACCEPTED.name(), in.partition(), in.offset());
    var record =
        RejectedPair.newBuilder()
            .setReason(RejectionReason.REINFORCE_FAILED)
            .setStage(RejectionStage.REINFORCE)
            .setDetail(detail)
            .setPairId(key)
            .setRevision(pair == null ? null : pair.getRevision())
            .setSource(pair == null ? null : pair.getSource())
            .setRawPosition(pair == null ? position : pair.getRawPosition())
            .setSizeBytes(payload.length)
            .setHead(ByteBuffer.wrap(Arrays.copyOf(payload, Math.min(HEAD_BYTES, payload.length))))
            .setRejectedTime(Instant.now())
            .build();
    return outcome(
        in,
        key == null ? "" : key,
        Outcome.Kind.REFUSED,
        pair == null ? 0 : pair.getRevision(),
        encoded(rejected.encode(record)));
  }

  private Outcome outcome(
      Incoming in, String key, Outcome.Kind kind, int revision, byte @Nullable [] value) {
    return new Outcome(key, kind, revision, lease().reinforcementVersion(), value, in.timestamp());
  }

  private ProcessScope.Lease lease() {
    if (lease == null) {
      throw new IllegalStateException("the operator has not been opened");
    }
    return lease;
  }

  private static byte[] encoded(byte @Nullable [] value) {
    if (value == null) {
      throw new AssertionError("a record was given");
    }
    return value;
  }
}
