package org.everclip.ingest.gate;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.util.Map;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.PairHash;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.config.EverclipConfig;

/**
 * The gate's flow:
 *
 * <pre>
 * pairs.raw ─ inspect ─► candidates (by pairId) ─ ask ─► pairs.hashes ─ compare ─► verdicts (by pairId) ─ decide ─► pairs.accepted
 *                │                                │        one partition: a total order                      │
 *                └────────────────────────────────┴──────────────────────────────────────────────────────────┴────► pairs.rejected
 * </pre>
 *
 * Each raw record ends in exactly one of accepted (or a tombstone there) and rejected.
 */
public final class IngestTopology {

  static final String WAITING = "waiting";
  static final String KNOWN = "known";
  static final String INDEX = "index";
  static final String LOOKUPS = "lookups";

  /** Waiting pairs live for about a second: their changelog shall be cleaned in small pieces. */
  private static final Map<String, String> WAITING_LOG =
      Map.of(
          "segment.bytes", Integer.toString(32 << 20),
          "min.cleanable.dirty.ratio", "0.2",
          "delete.retention.ms", "60000");

  private final EverclipConfig config;
  private final Inspector inspector;
  private final GateMeters meters;
  private final RawPairCodec raw;
  private final RecordCodec<AcceptedPair> accepted;
  private final RecordCodec<PairHash> hashes;
  private final Rejections rejections;

  public IngestTopology(
      EverclipConfig config,
      SchemaRegistryClient registry,
      Inspector inspector,
      GateMeters meters) {
    this.config = config;
    this.inspector = inspector;
    this.meters = meters;
    this.raw = new RawPairCodec(registry);
    this.accepted = RecordCodec.of(Topics.ACCEPTED, registry);
    this.hashes = RecordCodec.of(Topics.HASHES, registry);
    RecordCodec<RejectedPair> rejected = RecordCodec.of(Topics.REJECTED, registry);
    this.rejections = new Rejections(rejected);
  }

  /** Builds the flow; names are fixed, because topics and state are called after them. */
  public Topology build() {
    var builder = new StreamsBuilder();
    Serde<String> keys = Serdes.String();
    Serde<byte[]> values = Serdes.ByteArray();
    builder.addStateStore(store(KNOWN, keys));
    builder.addStateStore(store(WAITING, keys).withLoggingEnabled(WAITING_LOG));
    builder.addStateStore(store(INDEX, Serdes.Bytes()));
    builder.addStateStore(store(LOOKUPS, Serdes.Bytes()).withLoggingDisabled());

    KStream<String, Emission> inspected =
        builder.stream(
                Topics.RAW.name(),
                Consumed.with(values, values)
                    .withName("raw")
                    .withTimestampExtractor(
                        (record, partitionTime) -> Math.max(0, record.timestamp())))
            .process(
                () ->
                    new InspectStep(
                        raw,
                        inspector,
                        accepted,
                        hashes,
                        rejections,
                        meters,
                        config.fetch().enabled()),
                Named.as("inspect"));
    KStream<String, Emission> asked =
        to(inspected, Emission.Target.CANDIDATES, "inspected")
            .repartition(internal("candidates"))
            .process(() -> new AskStep(rejections, meters), Named.as("ask"), WAITING, KNOWN);
    to(asked, Emission.Target.HASHES, "asked")
        .to(Topics.HASHES.name(), Produced.with(keys, values).withName("hashes-out"));
    KStream<String, Emission> compared =
        builder.stream(
                Topics.HASHES.name(),
                Consumed.with(keys, values)
                    .withName("hashes")
                    .withTimestampExtractor(
                        (record, partitionTime) -> Math.max(0, record.timestamp())))
            .process(
                () -> new CompareStep(hashes, config.gate()), Named.as("compare"), INDEX, LOOKUPS);
    KStream<String, Emission> decided =
        to(compared, Emission.Target.VERDICTS, "compared")
            .repartition(internal("verdicts"))
            .process(
                () -> new DecideStep(accepted, rejections, meters),
                Named.as("decide"),
                WAITING,
                KNOWN);
    to(decided, Emission.Target.ACCEPTED, "decided")
        .to(Topics.ACCEPTED.name(), Produced.with(keys, values).withName("accepted-out"));
    reject(inspected, "inspected");
    reject(asked, "asked");
    reject(decided, "decided");
    return builder.build();
  }

  static String waitingKey(String pairId, int partition, long offset) {
    return pairId + "/" + partition + "/" + offset;
  }

  private Repartitioned<String, byte[]> internal(String name) {
    return Repartitioned.with(Serdes.String(), Serdes.ByteArray())
        .withName(name)
        .withNumberOfPartitions(config.kafka().partitions());
  }

  private static void reject(KStream<String, Emission> stream, String step) {
    to(stream, Emission.Target.REJECTED, step)
        .to(
            Topics.REJECTED.name(),
            Produced.with(Serdes.String(), Serdes.ByteArray()).withName(step + "-rejected-out"));
  }

  private static KStream<String, byte[]> to(
      KStream<String, Emission> stream, Emission.Target target, String step) {
    String name = step + "-" + target.name().toLowerCase(java.util.Locale.ROOT);
    return stream
        .filter((key, emission) -> emission.target() == target, Named.as(name))
        .mapValues(Emission::value, Named.as(name + "-value"));
  }

  private static <K> StoreBuilder<KeyValueStore<K, byte[]>> store(String name, Serde<K> keys) {
    return Stores.keyValueStoreBuilder(
        Stores.persistentKeyValueStore(name), keys, Serdes.ByteArray());
  }
}
