package org.everclip.dashboard.feed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.PipelineMetric;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.ReadModel.Stage;
import org.everclip.dashboard.view.DashboardServer;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.platform.TopicsApply;
import org.everclip.service.ConfigLoader;
import org.everclip.service.Health;
import org.everclip.service.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The feed against a real broker and a real schema registry. */
@Timeout(120)
class TopicFeedTest {

  @Test
  void readsThePastThenFollows(@TempDir Path home) throws Exception {
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
                      "kafka.partitions=2"));
      var model = new ReadModel(1, 10);
      var stop = new StopSignal();
      // Started before the topics exist: it waits and says so.
      var feed = new Thread(new TopicFeed(config, model, new Health(), stop));
      feed.start();
      await()
          .atMost(Duration.ofSeconds(40))
          .untilAsserted(() -> assertThat(model.feedTrouble()).contains("cannot be read"));
      try (Admin admin = Admin.create(Clients.common(config))) {
        TopicsApply.apply(admin, 2, (short) 1, false);
      }
      try (var producer =
          new KafkaProducer<>(
              Clients.producer(config), new StringSerializer(), new ByteArraySerializer())) {
        var topics = new Writer(producer, Clients.schemaRegistry(config));
        ReinforcedPair pair =
            Seed.pair("red", "a red square", Seed.picture(0xcc2200), 7, Instant.now());
        topics.write(Topics.ACCEPTED, "red", pair.getPair());
        topics.write(Topics.REINFORCED, "red", pair);
        topics.write(
            Topics.REJECTED,
            "x",
            Seed.rejection(RejectionReason.UNDECODABLE_RECORD, 1, Instant.now()));
        producer.send(
            new ProducerRecord<>(Topics.REJECTED.name(), "garbage", new byte[] {9, 9, 9}));
        topics.write(
            Topics.PIPELINE_METRICS,
            "gate",
            new PipelineMetric("gate", "1", Map.of(), true, "", Instant.now()));
        topics.write(Topics.TRAINING_METRICS, "run", SeedTraining.point(5, Instant.now(), 2.5));

        await()
            .atMost(Duration.ofSeconds(60))
            .untilAsserted(
                () -> {
                  Counts counts = model.counts();
                  assertThat(counts.accepted()).isEqualTo(1);
                  assertThat(counts.holdout()).isEqualTo(1);
                  assertThat(counts.reinforced()).isEqualTo(1);
                  assertThat(counts.rejected()).isEqualTo(1);
                  assertThat(model.roles()).containsKey("gate");
                  assertThat(model.curves().snapshots()).containsKey("demo-1");
                  assertThat(model.isLive()).isTrue();
                  assertThat(model.feedTrouble()).isEmpty();
                });
        assertThat(model.sample("red").orElseThrow().getPair().getCaption())
            .isEqualTo("a red square");

        ReinforcedPair later =
            Seed.pair("blue", "a blue square", Seed.picture(0x0022cc), 2, Instant.now());
        topics.write(Topics.REINFORCED, "blue", later);
        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () -> {
                  assertThat(model.samples()).hasSize(1);
                  assertThat(model.sample("blue")).isPresent();
                  assertThat(model.perMinute(Stage.REINFORCED).orElseThrow()).isPositive();
                });
        try (var pairs = new StoredPairs(config, model)) {
          assertThat(model.sample("red")).isEmpty();
          assertThat(pairs.find("red").orElseThrow().getPair().getCaption())
              .isEqualTo("a red square");
          topics.write(Topics.REINFORCED, "red", null);
          await()
              .atMost(Duration.ofSeconds(30))
              .untilAsserted(() -> assertThat(model.counts().deleted()).isEqualTo(1));
          assertThat(pairs.find("red")).isEmpty();
        }
        refusalsGoToTheGateAgain(config, model, producer);
      } finally {
        stop.request();
        feed.join(10_000);
      }
      assertThat(feed.isAlive()).isFalse();
    }
  }

  /** Over HTTP, with the token that the page's start has made. */
  private static void refusalsGoToTheGateAgain(
      EverclipConfig config, ReadModel model, KafkaProducer<String, byte[]> producer)
      throws Exception {
    producer
        .send(new ProducerRecord<>(Topics.RAW.name(), 0, "k", "not a pair".getBytes(UTF_8)))
        .get();
    model.reject(
        RejectedPair.newBuilder(Seed.rejection(RejectionReason.OTHER, 0, Instant.now()))
            .setRawPosition(new RawPosition(Topics.RAW.name(), 0, 0L))
            .build());
    var lag = new Thread(new GateLag(config, model, new StopSignal()));
    lag.setDaemon(true);
    lag.start();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              Waiting raw = model.rawWaiting();
              assertThat(raw).isNotNull();
              assertThat(raw.count()).isEqualTo(1);
              assertThat(raw.oldest()).isBetween(Instant.now().minusSeconds(60), Instant.now());
            });
    try (var server = DashboardServer.start(config, model, 0, Clock.systemUTC())) {
      var request =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + server.port() + "/api/v1/redrive"))
              .header(
                  "Authorization",
                  "Bearer " + Files.readString(config.home().resolve("dashboard-token")))
              .POST(
                  BodyPublishers.ofString(
                      """
                      {"positions":["pairs.raw:0:0","pairs.raw:0:9"]}"""))
              .build();
      String answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
      assertThat(answer)
          .contains("sent again; the gate decides anew")
          .contains("not among the newest refusals any more");
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(model.rawWaiting().count()).isEqualTo(2));
  }

  /** Writes records as the roles do. */
  private record Writer(KafkaProducer<String, byte[]> producer, SchemaRegistryClient registry) {

    <T extends SpecificRecord> void write(Topics.Topic topic, String key, T value) {
      RecordCodec<T> codec = RecordCodec.of(topic, registry);
      producer.send(new ProducerRecord<>(topic.name(), key, codec.encode(value)));
    }
  }
}
