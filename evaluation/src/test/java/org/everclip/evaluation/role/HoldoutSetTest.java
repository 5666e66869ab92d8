package org.everclip.evaluation.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.UnavailableException;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.platform.TopicsApply;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HoldoutSetTest {

  @TempDir Path home;

  @Test
  void freezesTheFirstSufficientSetAndForgetsOnlyDeletedPairs() throws Exception {
    try (var broker = EmbeddedBroker.start(home.resolve("broker"));
        var registry = SchemaRegistryServer.start(0, broker.bootstrap())) {
      EverclipConfig config = config(broker, registry);
      try (Admin admin = Admin.create(Clients.common(config))) {
        TopicsApply.apply(admin, config.kafka().partitions(), (short) 1, false);
      }
      try (var set = new HoldoutSet(config)) {
        offer(config, 0, 49, Split.HOLDOUT);
        offer(config, 1000, 1100, Split.TRAIN);
        set.refresh();
        assertThatThrownBy(set::source)
            .isInstanceOf(UnavailableException.class)
            .hasMessageContaining("only 49 pairs");

        offer(config, 49, 60, Split.HOLDOUT);
        set.refresh();
        SampleSource frozen = set.source();
        assertThat(keys(frozen)).hasSize(60);

        offer(config, 60, 80, Split.HOLDOUT);
        set.refresh();
        assertThat(set.source().fingerprint()).isEqualTo(frozen.fingerprint());

        delete(config, "pair-00007");
        set.refresh();
        assertThat(keys(set.source())).hasSize(59).doesNotContain("pair-00007");
        assertThat(set.source().fingerprint()).isNotEqualTo(frozen.fingerprint());
      }
      try (var restarted = new HoldoutSet(config)) {
        restarted.refresh();
        assertThat(keys(restarted.source())).hasSize(59);
      }
    }
  }

  private EverclipConfig config(EmbeddedBroker broker, SchemaRegistryServer registry) {
    return new ConfigLoader(Map.of())
        .load(
            home,
            null,
            List.of(
                "kafka.bootstrap=" + broker.bootstrap(),
                "schemaRegistry.url=" + registry.url(),
                "kafka.partitions=4"));
  }

  private static List<String> keys(SampleSource source) throws Exception {
    var keys = new ArrayList<String>();
    source.forEach((Sample sample) -> keys.add(sample.key()));
    return keys;
  }

  private static void offer(EverclipConfig config, int from, int to, Split split) throws Exception {
    RecordCodec<AcceptedPair> codec =
        RecordCodec.of(Topics.ACCEPTED, Clients.schemaRegistry(config));
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(config), new StringSerializer(), new ByteArraySerializer())) {
      for (int i = from; i < to; i++) {
        String id = "pair-%05d".formatted(i);
        producer.send(
            new ProducerRecord<>(Topics.ACCEPTED.name(), id, codec.encode(pair(id, split))));
      }
      producer.flush();
    }
  }

  private static void delete(EverclipConfig config, String id) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(config), new StringSerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(Topics.ACCEPTED.name(), id, null)).get();
    }
  }

  private static AcceptedPair pair(String id, Split split) {
    return AcceptedPair.newBuilder()
        .setPairId(id)
        .setRevision(1)
        .setSource("test")
        .setCaption("picture " + id)
        .setImage(ByteBuffer.wrap(id.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .setWidth(1)
        .setHeight(1)
        .setOriginalSha256("")
        .setImageSha256("")
        .setPerceptualHash(0)
        .setFirstSeenTime(Instant.EPOCH)
        .setPeriodId("2024")
        .setSplit(split)
        .setRawPosition(new RawPosition(Topics.RAW.name(), 0, 0L))
        .build();
  }
}
