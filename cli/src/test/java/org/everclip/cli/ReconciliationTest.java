package org.everclip.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.everclip.cli.RawPositions.Position;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.platform.TopicsApply;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sets with a hole, a double and an overtaken revision, on a real broker. */
class ReconciliationTest {

  private static final String A = "a".repeat(32);
  private static final String B = "b".repeat(32);
  private static final String C = "c".repeat(32);
  private static final String D = "d".repeat(32);

  @TempDir Path dir;

  @Test
  void findsWhatIsMissingOrTwiceAndDrivesItInAgain() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir.resolve("kafka"));
        SchemaRegistryServer schemas = SchemaRegistryServer.start(0, broker.bootstrap())) {
      EverclipConfig config =
          new ConfigLoader(Map.of())
              .load(
                  dir,
                  null,
                  List.of(
                      "kafka.bootstrap=" + broker.bootstrap(),
                      "schemaRegistry.url=" + schemas.url(),
                      "kafka.partitions=1"));
      try (Admin admin = Admin.create(Clients.common(config))) {
        TopicsApply.apply(admin, 1, (short) 1, false);
        fill(config);
        readersHaveCome(admin, 6, 5);
      }

      Reconciliation.Report report = new Reconciliation(config, Duration.ZERO).run();

      assertThat(report.raw()).isEqualTo(8);
      assertThat(report.accepted()).isEqualTo(4);
      assertThat(report.deleted()).isEqualTo(1);
      assertThat(report.rejected()).isEqualTo(1);
      assertThat(report.duplicates()).isEqualTo(1);
      assertThat(report.missingRaw()).containsExactly(new Position(0, 5));
      assertThat(report.pendingRaw()).as("not yet read by the gate").isEqualTo(1);
      assertThat(report.superseded()).as("a/1 by a/2").isEqualTo(1);
      assertThat(report.quarantined()).isEqualTo(1);
      assertThat(report.missingReinforcedPairs()).containsExactly(C + "/1");
      assertThat(report.doubles()).containsExactly("reinforced " + A + "/2");
      assertThat(report.fits()).isFalse();

      var redrive = new Redrive(config);
      assertThat(redrive.again(Topics.RAW.name(), report.missingRaw())).isEqualTo(1);
      assertThat(redrive.again(Topics.ACCEPTED.name(), report.missingReinforced())).isEqualTo(1);
      Reconciliation.Report after = new Reconciliation(config, Duration.ZERO).run();
      assertThat(after.missingRaw()).isEmpty();
      assertThat(after.pendingRaw()).as("the old one and the record sent again").isEqualTo(2);
      assertThat(after.accepted()).as("the one sent again is no new pair").isEqualTo(4);
      assertThat(after.missingReinforcedPairs()).isEmpty();
      assertThat(after.pendingAccepted()).isEqualTo(1);
    }
  }

  /** Raw 0..7: a/1, a/2, b/1, duplicate, c/1, lost, deletion of d, not yet read. */
  private static void fill(EverclipConfig config) throws Exception {
    SchemaRegistryClient registry = Clients.schemaRegistry(config);
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(config), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < 8; i++) {
        producer.send(new ProducerRecord<>(Topics.RAW.name(), 0, null, new byte[] {(byte) i}));
      }
      send(producer, Topics.ACCEPTED, registry, A, accepted(A, 1, 0));
      send(producer, Topics.ACCEPTED, registry, A, accepted(A, 2, 1));
      send(producer, Topics.ACCEPTED, registry, B, accepted(B, 1, 2));
      send(producer, Topics.ACCEPTED, registry, C, accepted(C, 1, 4));
      var tombstone =
          new ProducerRecord<byte[], byte[]>(Topics.ACCEPTED.name(), 0, D.getBytes(UTF_8), null);
      tombstone.headers().add("everclip.raw-position", "pairs.raw:0:6".getBytes(UTF_8));
      producer.send(tombstone).get();
      send(producer, Topics.REJECTED, registry, D, rejected(RejectionStage.GATE, null, 3));
      send(producer, Topics.REJECTED, registry, B, rejected(RejectionStage.REINFORCE, B, 2));
      send(producer, Topics.REINFORCED, registry, A, reinforced(accepted(A, 2, 1)));
      send(producer, Topics.REINFORCED, registry, A, reinforced(accepted(A, 2, 1)));
    }
  }

  private static void readersHaveCome(Admin admin, long raw, long accepted) throws Exception {
    admin
        .alterConsumerGroupOffsets(
            "readers",
            Map.of(
                new TopicPartition(Topics.RAW.name(), 0), new OffsetAndMetadata(raw + 1),
                new TopicPartition(Topics.ACCEPTED.name(), 0), new OffsetAndMetadata(accepted)))
        .all()
        .get();
  }

  private static <T extends SpecificRecord> void send(
      KafkaProducer<byte[], byte[]> producer,
      Topics.Topic topic,
      SchemaRegistryClient registry,
      String key,
      T record)
      throws Exception {
    RecordCodec<T> codec = RecordCodec.of(topic, registry);
    producer
        .send(new ProducerRecord<>(topic.name(), 0, key.getBytes(UTF_8), codec.encode(record)))
        .get();
  }

  private static AcceptedPair accepted(String pairId, int revision, long rawOffset) {
    return AcceptedPair.newBuilder()
        .setPairId(pairId)
        .setRevision(revision)
        .setSource("test")
        .setCaption("a caption")
        .setImage(ByteBuffer.wrap(new byte[100]))
        .setWidth(10)
        .setHeight(10)
        .setOriginalSha256("0")
        .setImageSha256("0")
        .setPerceptualHash(0)
        .setFirstSeenTime(Instant.EPOCH)
        .setPeriodId("2024")
        .setSplit(Split.TRAIN)
        .setRawPosition(new RawPosition(Topics.RAW.name(), 0, rawOffset))
        .build();
  }

  private static RejectedPair rejected(RejectionStage stage, String pairId, long rawOffset) {
    return RejectedPair.newBuilder()
        .setReason(
            stage == RejectionStage.GATE
                ? RejectionReason.DUPLICATE_EXACT
                : RejectionReason.REINFORCE_FAILED)
        .setStage(stage)
        .setDetail("test")
        .setPairId(pairId)
        .setRevision(pairId == null ? null : 1)
        .setRawPosition(new RawPosition(Topics.RAW.name(), 0, rawOffset))
        .setSizeBytes(1)
        .setHead(ByteBuffer.wrap(new byte[1]))
        .setRejectedTime(Instant.EPOCH)
        .build();
  }

  private static ReinforcedPair reinforced(AcceptedPair pair) {
    return ReinforcedPair.newBuilder()
        .setPair(pair)
        .setReinforcementVersion("r1")
        .setCaptions(List.of())
        .setAugmentations(List.of())
        .setTeacherEmbeddings(List.of())
        .setQualityScore(0)
        .setReinforcedTime(Instant.EPOCH)
        .build();
  }
}
