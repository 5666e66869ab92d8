package org.everclip.reinforce;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.everclip.contracts.Topics;
import org.jspecify.annotations.Nullable;

/**
 * The graph: committed records of pairs.accepted, the models, the gate against doubles, and two
 * exactly-once sinks; where the recipe has changed, also a back-fill of what was accepted before,
 * which shares models, gate and sinks: the gate's state knows of each pair what the live job has
 * seen, so an old revision never follows a newer one or a deletion. A key's records keep their
 * order all the way: one partition, one source subtask, ordered answers, one keyed subtask.
 * Operator uids, state names, the consumer group and the prefixes of the transactions must not
 * change: checkpoints and open transactions refer to them.
 */
public final class ReinforceJob {

  private static final int BATCHES_IN_FLIGHT = 3;

  private ReinforceJob() {}

  /** Fewer than of the live pairs, which wait behind these. */
  static int inFlightOfBackfill(ReinforceSettings settings) {
    return 2 * settings.batchPairs();
  }

  /** Pairs that one subtask may have at the models; they are part of each checkpoint. */
  static int inFlight(ReinforceSettings settings) {
    return BATCHES_IN_FLIGHT * settings.batchPairs();
  }

  /**
   * Adds the job to an environment of any kind.
   *
   * @param backfill runs beside the live pairs until it is through; null for none
   */
  static void build(
      StreamExecutionEnvironment env, ReinforceSettings settings, @Nullable Backfill backfill) {
    KafkaSource<Incoming> source =
        accepted(settings)
            .setGroupId(settings.job())
            .setStartingOffsets(OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST))
            .build();
    SingleOutputStreamOperator<Incoming> incoming =
        env.fromSource(source, WatermarkStrategy.noWatermarks(), Topics.ACCEPTED.name())
            .uid("accepted");
    DataStream<Outcome> outcomes =
        outcomes(incoming, new ReinforceFunction(settings, false), inFlight(settings), "reinforce");
    if (backfill != null) {
      outcomes = outcomes.union(backfilled(env, settings, backfill));
    }
    SingleOutputStreamOperator<Outgoing> unique =
        outcomes
            .keyBy(Outcome::key, Types.STRING)
            .process(new UniqueRevision(settings.job()))
            .returns(Outgoing.class)
            .name("unique revision")
            .uid("unique");
    unique
        .sinkTo(sink(settings, Topics.REINFORCED))
        .name(Topics.REINFORCED.name())
        .uid("reinforced");
    unique
        .getSideOutput(UniqueRevision.REFUSED)
        .sinkTo(sink(settings, Topics.REJECTED))
        .name(Topics.REJECTED.name())
        .uid("rejected");
  }

  /**
   * The second, bounded source with models of its own turn; the copies of the models are shared.
   */
  private static DataStream<Outcome> backfilled(
      StreamExecutionEnvironment env, ReinforceSettings settings, Backfill backfill) {
    KafkaSource<Incoming> source =
        accepted(settings)
            .setGroupId(backfill.group(settings.job()))
            .setStartingOffsets(OffsetsInitializer.offsets(offsets(backfill.from())))
            .setBounded(OffsetsInitializer.offsets(offsets(backfill.until())))
            .build();
    SingleOutputStreamOperator<Incoming> incoming =
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "back-fill")
            .uid("backfill-" + backfill.id());
    return outcomes(
        incoming,
        new ReinforceFunction(settings, true),
        inFlightOfBackfill(settings),
        backfill.uid());
  }

  private static SingleOutputStreamOperator<Outcome> outcomes(
      DataStream<Incoming> incoming, ReinforceFunction function, int capacity, String uid) {
    return AsyncDataStream.orderedWait(incoming, function, 0, TimeUnit.MILLISECONDS, capacity)
        .returns(Outcome.class)
        .name(uid)
        .uid(uid);
  }

  private static KafkaSourceBuilder<Incoming> accepted(ReinforceSettings settings) {
    return KafkaSource.<Incoming>builder()
        .setProperties(settings.consumer())
        .setTopics(Topics.ACCEPTED.name())
        .setDeserializer(new IncomingReader());
  }

  private static Map<TopicPartition, Long> offsets(Map<Integer, Long> byPartition) {
    var offsets = new HashMap<TopicPartition, Long>();
    byPartition.forEach(
        (partition, offset) ->
            offsets.put(new TopicPartition(Topics.ACCEPTED.name(), partition), offset));
    return offsets;
  }

  private static KafkaSink<Outgoing> sink(ReinforceSettings settings, Topics.Topic topic) {
    return KafkaSink.<Outgoing>builder()
        .setKafkaProducerConfig(settings.producer())
        .setBootstrapServers(settings.producer().getProperty("bootstrap.servers"))
        .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
        .setTransactionalIdPrefix(settings.job() + "-" + topic.name())
        .setRecordSerializer(new OutgoingWriter(topic.name()))
        .build();
  }
}
