package org.everclip.reinforce;

import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.everclip.contracts.Topics;

/**
 * The graph: committed records of pairs.accepted, the models, the gate against doubles, and two
 * exactly-once sinks. A key's records keep their order all the way: one partition, one source
 * subtask, ordered answers, one keyed subtask. Operator uids, state names, the consumer group and
 * the prefixes of the transactions must not change: checkpoints and open transactions refer to
 * them.
 */
public final class ReinforceJob {

  private static final int BATCHES_IN_FLIGHT = 3;

  private ReinforceJob() {}

  /** Pairs that one subtask may have at the models; they are part of each checkpoint. */
  static int inFlight(ReinforceSettings settings) {
    return BATCHES_IN_FLIGHT * settings.batchPairs();
  }

  /** Adds the job to an environment of any kind. */
  public static void build(StreamExecutionEnvironment env, ReinforceSettings settings) {
    KafkaSource<Incoming> source =
        KafkaSource.<Incoming>builder()
            .setProperties(settings.consumer())
            .setGroupId(settings.job())
            .setTopics(Topics.ACCEPTED.name())
            .setStartingOffsets(OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST))
            .setDeserializer(new IncomingReader())
            .build();
    SingleOutputStreamOperator<Incoming> incoming =
        env.fromSource(source, WatermarkStrategy.noWatermarks(), Topics.ACCEPTED.name())
            .uid("accepted");
    SingleOutputStreamOperator<Outcome> outcomes =
        AsyncDataStream.orderedWait(
                incoming,
                new ReinforceFunction(settings),
                0,
                TimeUnit.MILLISECONDS,
                inFlight(settings))
            .returns(Outcome.class)
            .name("reinforce")
            .uid("reinforce");
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
