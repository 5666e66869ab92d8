package org.everclip.ingest.gate;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.PairOperation;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigLoader;

/** The gate's real flow over a simulated broker, one record at a time. */
final class GateDriver implements AutoCloseable {

  static final Instant ARRIVAL = Instant.parse("2026-05-01T10:00:00Z");

  private final TopologyTestDriver driver;
  private final TestInputTopic<byte[], byte[]> raw;
  private final TestOutputTopic<String, byte[]> acceptedOut;
  private final TestOutputTopic<String, byte[]> rejectedOut;
  private final RawPairCodec codec;
  private final RecordCodec<AcceptedPair> accepted;
  private final RecordCodec<RejectedPair> rejected;
  private final MeterRegistry meters = new SimpleMeterRegistry();

  GateDriver(Path home, String... settings) {
    EverclipConfig config = config(home, settings);
    var registry = new MockSchemaRegistryClient();
    codec = new RawPairCodec(registry);
    accepted = RecordCodec.of(Topics.ACCEPTED, registry);
    rejected = RecordCodec.of(Topics.REJECTED, registry);
    var inspector = new Inspector(config.limits(), config.gate(), EvaluationHashes.none());
    var properties = new Properties();
    properties.putAll(
        Map.of(
            StreamsConfig.APPLICATION_ID_CONFIG,
            "gate-test",
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG,
            "nowhere:1",
            StreamsConfig.STATE_DIR_CONFIG,
            home.resolve("streams").toString(),
            StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG,
            BoundedRocksDb.class));
    var topology = new IngestTopology(config, registry, inspector, new GateMeters(meters));
    driver = new TopologyTestDriver(topology.build(), properties, ARRIVAL);
    raw =
        driver.createInputTopic(
            Topics.RAW.name(),
            new ByteArraySerializer(),
            new ByteArraySerializer(),
            ARRIVAL,
            Duration.ZERO);
    acceptedOut =
        driver.createOutputTopic(
            Topics.ACCEPTED.name(), new StringDeserializer(), new ByteArrayDeserializer());
    rejectedOut =
        driver.createOutputTopic(
            Topics.REJECTED.name(), new StringDeserializer(), new ByteArrayDeserializer());
  }

  static EverclipConfig config(Path home, String... settings) {
    return new ConfigLoader(Map.of()).load(home, null, List.of(settings));
  }

  /** A pair with everything that the gate asks for. */
  static ImageTextPair.Builder pair(String id, String caption, byte[] image) {
    return ImageTextPair.newBuilder()
        .setExternalId(id)
        .setSource("test")
        .setCaption(caption)
        .setImage(ByteBuffer.wrap(image));
  }

  static ImageTextPair deletion(String id) {
    return ImageTextPair.newBuilder()
        .setExternalId(id)
        .setSource("test")
        .setOperation(PairOperation.DELETE)
        .build();
  }

  void offer(ImageTextPair pair) {
    offer(codec.encode(pair));
  }

  void offer(byte[] value) {
    raw.pipeInput(null, value);
  }

  /** The accepted records since the last call; tombstones have no value. */
  List<TestRecord<String, byte[]>> acceptedRecords() {
    return acceptedOut.readRecordsToList();
  }

  List<AcceptedPair> accepted() {
    return acceptedRecords().stream().map(record -> accepted.decode(record.value())).toList();
  }

  List<RejectedPair> rejected() {
    return rejectedOut.readValuesToList().stream().map(rejected::decode).toList();
  }

  List<String> rejectedKeys() {
    return rejectedOut.readKeyValuesToList().stream().map(record -> record.key).toList();
  }

  double count(String meter, String... tags) {
    return meters.counter(meter, tags).count();
  }

  @Override
  public void close() {
    driver.close();
  }
}
