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
import java.time.Instant;
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
import org.everclip.ingest.rejected.RejectedLog;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.platform.TopicsApply;
import org.everclip.service.ConfigLoader;
import org.everclip.service.Redrive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two gates as processes of their own before a real broker, killed three times while they work. The
 * long form is {@code system-tests/proof GateKillProof}.
 */
class GateKillTest {

  private static final int PAIRS = 900;
  private static final int KILLS = 3;
  private static final int GATES = 2;
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
                      "kafka.partitions=8"));
      var gates = new ArrayList<Process>();
      try (Admin admin = Admin.create(Clients.common(config))) {
        TopicsApply.apply(admin, config.kafka().partitions(), (short) 1, false);
        for (int number = 0; number < GATES; number++) {
          gates.add(gate(config, number));
        }
        List<byte[]> values = values(config);
        var offered = new HashSet<String>();
        for (int kill = 0; kill < KILLS; kill++) {
          long before = ends(admin, config);
          offered.addAll(
              offer(
                  config,
                  values.subList(
                      kill * values.size() / KILLS, (kill + 1) * values.size() / KILLS)));
          // As soon as a few of this part are decided, a gate is killed amid the rest.
          await()
              .atMost(Duration.ofSeconds(90))
              .pollInterval(Duration.ofMillis(50))
              .until(() -> ends(admin, config) > before + 20);
          int number = kill % GATES;
          gates.get(number).destroyForcibly().waitFor();
          gates.set(number, gate(config, number));
        }
        await()
            .atMost(Duration.ofSeconds(90))
            .pollInterval(Duration.ofSeconds(1))
            .until(() -> decided(config).size() >= offered.size());

        List<String> decided = decided(config);
        assertThat(new HashSet<>(decided)).isEqualTo(offered);
        assertThat(decided).doesNotHaveDuplicates();
        // Of copies in different partitions exactly one is accepted, whichever gate saw them.
        assertThat(acceptedPerCaption(config)).hasSize(PAIRS);
        assertThat(acceptedPerCaption(config).values()).allMatch(count -> count == 1);
        assertThat(reasons(config))
            .containsEntry(RejectionReason.UNDECODABLE_RECORD, GARBAGE)
            .containsEntry(RejectionReason.IMAGE_TRUNCATED, 1)
            .containsEntry(RejectionReason.DUPLICATE_EXACT, PAIRS / 5)
            .containsEntry(RejectionReason.DUPLICATE_NEAR, PAIRS / 10);
        redrives(config, offered.size());
      } finally {
        for (Process gate : gates) {
          gate.destroyForcibly().waitFor();
        }
      }
    }
  }

  /** The refused garbage is read by position, sent again, and refused again. */
  private static void redrives(EverclipConfig config, int offered) throws Exception {
    Set<RejectionReason> truncated = Set.of(RejectionReason.IMAGE_TRUNCATED);
    var query = new RejectedLog.Query(truncated, null, null, "test", 10);
    List<RejectedPair> found = new RejectedLog(config).find(query);
    assertThat(found).hasSize(1);
    Instant when = found.get(0).getRejectedTime();
    assertThat(
            new RejectedLog(config).find(new RejectedLog.Query(truncated, null, when, "test", 10)))
        .as("before it")
        .isEmpty();
    assertThat(
            new RejectedLog(config)
                .find(new RejectedLog.Query(truncated, when, when.plusMillis(1), "test", 10)))
        .as("from it on")
        .hasSize(1);
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

  private static Process gate(EverclipConfig config, int number) throws IOException {
    var command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            GateMain.class.getName(),
            "--home",
            config.home().resolve("gate-" + number).toString(),
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

  /**
   * A fifth of the pairs comes twice, every second under the same id, and a tenth once more a
   * little brighter.
   */
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
      } else if (i % 10 == 1) {
        ByteBuffer brighter = ByteBuffer.wrap(Pictures.brighter(i));
        values.add(codec.encode(pair.setExternalId("light" + i).setImage(brighter).build()));
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

  private static Map<String, Integer> acceptedPerCaption(EverclipConfig config) {
    RecordCodec<AcceptedPair> codec =
        RecordCodec.of(Topics.ACCEPTED, Clients.schemaRegistry(config));
    var counts = new HashMap<String, Integer>();
    for (ConsumerRecord<byte[], byte[]> record : read(config, Topics.ACCEPTED.name())) {
      AcceptedPair pair = Objects.requireNonNull(codec.decode(record.value()));
      counts.merge(pair.getCaption(), 1, Integer::sum);
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
