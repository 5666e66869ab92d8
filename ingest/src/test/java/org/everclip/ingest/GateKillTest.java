package org.everclip.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.PairOperation;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.gate.Pictures;
import org.everclip.ingest.gate.Positions;
import org.everclip.ingest.rejected.Redrive;
import org.everclip.ingest.rejected.RejectedLog;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.platform.TopicsApply;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gate as a process of its own before a real broker, killed twice while it works. */
class GateKillTest {

  private static final int PAIRS = 500;
  private static final int GARBAGE = 25;

  @TempDir Path home;

  @Test
  void eachRawRecordIsDecidedExactlyOnceThoughTheGateIsKilled() throws Exception {
    try (var broker = EmbeddedBroker.start(home.resolve("broker"));
        var registry = SchemaRegistryServer.start(0, broker.bootstrap())) {
      EverclipConfig config =
          new ConfigLoader(Map.of())
              .load(
                  home,
                  null,
                  List.of(
                      "kafka.bootstrap=" + broker.bootstrap(),
                      "schemaRegistry.url=" + registry.url(),
                      "kafka.partitions=4"));
      Process gate = gate(config);
      try (Admin admin = Admin.create(Clients.common(config))) {
        TopicsApply.apply(admin, config.kafka().partitions(), (short) 1, false);
        List<byte[]> values = values(config);
        int half = values.size() / 2;
        var offered = new HashSet<String>();
        for (List<byte[]> part :
            List.of(values.subList(0, half), values.subList(half, values.size()))) {
          long before = ends(admin, config);
          offered.addAll(offer(config, part));
          // As soon as this gate has decided a few of this part, it is killed amid the rest.
          await()
              .atMost(Duration.ofSeconds(90))
              .pollInterval(Duration.ofMillis(50))
              .until(() -> ends(admin, config) > before + 20);
          gate.destroyForcibly().waitFor();
          gate = gate(config);
        }
        await()
            .atMost(Duration.ofSeconds(90))
            .pollInterval(Duration.ofSeconds(1))
            .until(() -> decided(config).size() >= offered.size());

        List<String> decided = decided(config);
        assertThat(new HashSet<>(decided)).isEqualTo(offered);
        assertThat(decided).doesNotHaveDuplicates();
        assertThat(acceptedPerContent(config).values()).allMatch(count -> count == 1);
        assertThat(reasons(config))
            .containsEntry(RejectionReason.UNDECODABLE_RECORD, GARBAGE)
            .containsEntry(RejectionReason.IMAGE_TRUNCATED, 1)
            .containsEntry(RejectionReason.DUPLICATE_EXACT, PAIRS / 5);
        redrives(config, offered.size());
      } finally {
        gate.destroyForcibly().waitFor();
      }
    }
  }

  /** The refused garbage is read by position, sent again, and refused again. */
  private static void redrives(EverclipConfig config, int offered) throws Exception {
    var query = new RejectedLog.Query(Set.of(RejectionReason.IMAGE_TRUNCATED), null, "test", 10);
    List<RejectedPair> found = new RejectedLog(config).find(query);
    assertThat(found).hasSize(1);
    try (var redrive = new Redrive(config)) {
      assertThat(redrive.again(found.get(0))).isEqualTo(Redrive.Outcome.SENT);
      RejectedPair gone = RejectedPair.newBuilder(found.get(0)).build();
      gone.setRawPosition(new RawPosition(Topics.RAW.name(), 0, 1_000_000L));
      assertThat(redrive.again(gone)).isEqualTo(Redrive.Outcome.EXPIRED);
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> reasons(config).get(RejectionReason.IMAGE_TRUNCATED) == 2);
    assertThat(decided(config)).hasSize(offered + 1);
  }

  private static Process gate(EverclipConfig config) throws IOException {
    var command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            GateMain.class.getName(),
            "--home",
            config.home().toString(),
            "--kafka",
            config.kafka().bootstrap(),
            "--set",
            "schemaRegistry.url=" + config.schemaRegistry().url(),
            "--set",
            "kafka.partitions=" + config.kafka().partitions());
    File log = new File("target/gate-kill-test.log");
    return command
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
        .start();
  }

  /** A fifth of the pairs comes twice, once under the same id, once under another. */
  private static List<byte[]> values(EverclipConfig config) {
    SchemaRegistryClient registry = Clients.schemaRegistry(config);
    var codec = new RawPairCodec(registry);
    var values = new ArrayList<byte[]>();
    for (int i = 0; i < PAIRS; i++) {
      ImageTextPair.Builder pair =
          ImageTextPair.newBuilder()
              .setExternalId("p" + i)
              .setSource("test")
              .setCaption("Drawing number " + i)
              .setImage(ByteBuffer.wrap(Pictures.drawing(i)));
      values.add(codec.encode(pair.build()));
      if (i % 5 == 0) {
        values.add(codec.encode(pair.setExternalId(i % 10 == 0 ? "p" + i : "copy" + i).build()));
      }
    }
    for (int i = 0; i < GARBAGE; i++) {
      values.add(("garbage " + i).getBytes(UTF_8));
    }
    values.add(
        codec.encode(
            ImageTextPair.newBuilder()
                .setExternalId("cut")
                .setSource("test")
                .setCaption("Cut off")
                .setImage(ByteBuffer.wrap(Pictures.hostile("images/truncated.jpg")))
                .build()));
    values.add(
        codec.encode(
            ImageTextPair.newBuilder()
                .setExternalId("unknown")
                .setSource("test")
                .setOperation(PairOperation.DELETE)
                .build()));
    return values;
  }

  /** Sends to seeded random partitions, so that duplicates lie in different ones. */
  private static Set<String> offer(EverclipConfig config, List<byte[]> values) throws Exception {
    var random = new SplittableRandom(values.size());
    var sent = new ArrayList<Future<RecordMetadata>>();
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(config), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (byte[] value : values) {
        int partition = random.nextInt(config.kafka().partitions());
        sent.add(producer.send(new ProducerRecord<>(Topics.RAW.name(), partition, null, value)));
      }
    }
    var positions = new HashSet<String>();
    for (Future<RecordMetadata> metadata : sent) {
      RecordMetadata at = metadata.get();
      positions.add(at.topic() + ":" + at.partition() + ":" + at.offset());
    }
    return positions;
  }

  /** Raw positions of all that was decided, from both topics, as a committed reader sees them. */
  private static List<String> decided(EverclipConfig config) {
    SchemaRegistryClient registry = Clients.schemaRegistry(config);
    RecordCodec<AcceptedPair> accepted = RecordCodec.of(Topics.ACCEPTED, registry);
    RecordCodec<RejectedPair> rejected = RecordCodec.of(Topics.REJECTED, registry);
    var positions = new ArrayList<String>();
    for (ConsumerRecord<byte[], byte[]> record : read(config, Topics.ACCEPTED.name())) {
      AcceptedPair pair = accepted.decode(record.value());
      positions.add(
          Positions.text(
              pair == null
                  ? Objects.requireNonNull(Positions.of(record.headers()))
                  : pair.getRawPosition()));
    }
    for (ConsumerRecord<byte[], byte[]> record : read(config, Topics.REJECTED.name())) {
      positions.add(
          Positions.text(Objects.requireNonNull(rejected.decode(record.value())).getRawPosition()));
    }
    return positions;
  }

  /** Offsets at the ends of both topics; markers of transactions count too. */
  private static long ends(Admin admin, EverclipConfig config) throws Exception {
    var latest = new HashMap<TopicPartition, OffsetSpec>();
    for (String topic : List.of(Topics.ACCEPTED.name(), Topics.REJECTED.name())) {
      for (int partition = 0; partition < config.kafka().partitions(); partition++) {
        latest.put(new TopicPartition(topic, partition), OffsetSpec.latest());
      }
    }
    return admin.listOffsets(latest).all().get().values().stream()
        .mapToLong(ListOffsetsResultInfo::offset)
        .sum();
  }

  private static Map<String, Integer> acceptedPerContent(EverclipConfig config) {
    RecordCodec<AcceptedPair> codec =
        RecordCodec.of(Topics.ACCEPTED, Clients.schemaRegistry(config));
    var counts = new HashMap<String, Integer>();
    for (ConsumerRecord<byte[], byte[]> record : read(config, Topics.ACCEPTED.name())) {
      AcceptedPair pair = Objects.requireNonNull(codec.decode(record.value()));
      counts.merge(pair.getImageSha256() + pair.getCaption(), 1, Integer::sum);
    }
    return counts;
  }

  private static Map<RejectionReason, Integer> reasons(EverclipConfig config) {
    RecordCodec<RejectedPair> codec =
        RecordCodec.of(Topics.REJECTED, Clients.schemaRegistry(config));
    var counts = new HashMap<RejectionReason, Integer>();
    for (ConsumerRecord<byte[], byte[]> record : read(config, Topics.REJECTED.name())) {
      RejectedPair pair = Objects.requireNonNull(codec.decode(record.value()));
      counts.merge(pair.getReason(), 1, Integer::sum);
    }
    return counts;
  }

  private static List<ConsumerRecord<byte[], byte[]>> read(EverclipConfig config, String topic) {
    var records = new ArrayList<ConsumerRecord<byte[], byte[]>>();
    try (var consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }
}
