package org.everclip.reinforce;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The whole job against a real broker and a real schema registry, with real (untrained) models. */
@Timeout(600)
class ReinforceJobTest {

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private static Path folder;

  private static EmbeddedBroker broker;
  private static SchemaRegistryServer registry;
  private static TestTopics topics;
  private static EverclipConfig config;
  private static int uiPort;

  @BeforeAll
  static void start() throws Exception {
    TestProgram.write(folder.resolve("program"));
    broker = EmbeddedBroker.start(folder.resolve("broker"));
    uiPort = freePort();
    registry = SchemaRegistryServer.start(0, broker.bootstrap());
    config = config(folder.resolve("home"), broker.bootstrap(), registry.url());
    topics = new TestTopics(config);
    topics.create();
  }

  @AfterAll
  static void stop() {
    if (topics != null) {
      topics.close();
    }
    if (registry != null) {
      registry.close();
    }
    if (broker != null) {
      broker.close();
    }
  }

  @Test
  void committedOnceAcrossAStopAndInOrder() throws Exception {
    List<AcceptedPair> pairs =
        java.util.stream.IntStream.range(0, 20).mapToObj(TestPairs::pair).toList();
    AcceptedPair deleted = pairs.get(3);
    pairs.forEach(topics::accept);
    topics.send(deleted.getPairId(), null);
    topics.accept(TestPairs.pair(100, 1, "no picture".getBytes(UTF_8)));
    topics.send("0123456789abcdef0123456789abcdef", "garbage".getBytes(UTF_8));

    var first = new TestRole(config);
    await().atMost(Duration.ofMinutes(4)).until(() -> topics.reinforced().size() == 21);
    await().until(() -> topics.rejected().size() == 2);
    await().until(first.health::isReady);
    assertThat(get("http://127.0.0.1:" + uiPort + "/jobs/overview")).contains("RUNNING");
    first.stop();

    assertThat(topics.openRecords(Topics.REINFORCED.name())).isZero();
    List<TestTopics.Read> read = topics.reinforced();
    assertThat(read).extracting(TestTopics.Read::id).doesNotHaveDuplicates();
    assertThat(read).extracting(TestTopics.Read::timestamp).containsOnly(1_700_000_000_000L);
    assertThat(read.stream().filter(r -> r.key().equals(deleted.getPairId())).toList())
        .satisfiesExactly(
            record -> assertThat(record.pair()).isNotNull(),
            tombstone -> assertThat(tombstone.pair()).isNull());
    assertThat(topics.rejected())
        .allSatisfy(
            refusal -> {
              assertThat(refusal.getReason()).isEqualTo(RejectionReason.REINFORCE_FAILED);
              assertThat(refusal.getStage()).isEqualTo(RejectionStage.REINFORCE);
            })
        .extracting(RejectedPair::getDetail)
        .anyMatch(detail -> detail.contains("cannot be decoded"))
        .anyMatch(detail -> detail.contains("Confluent's wire form"));
    assertThat(first.passed("refused")).isEqualTo(2);

    // Driven in again: the same revision, a newer one, one that was deleted, and news.
    topics.accept(pairs.get(0));
    topics.accept(TestPairs.pair(1, 2, TestPairs.picture(1)));
    topics.accept(deleted);
    topics.accept(TestPairs.pair(20));
    AcceptedPair brought = TestPairs.reinforced(21);
    topics.accept(brought);
    var second = new TestRole(config);
    await().atMost(Duration.ofMinutes(4)).until(() -> topics.reinforced().size() == 25);
    await().until(() -> second.passed("duplicate") > 0);
    second.stop();

    assertThat(second.restored()).isTrue();
    List<String> keys = topics.reinforced().stream().map(TestTopics.Read::key).toList();
    assertThat(keys).filteredOn(pairs.get(0).getPairId()::equals).hasSize(1);
    assertThat(keys).filteredOn(pairs.get(1).getPairId()::equals).hasSize(2);
    assertThat(keys).filteredOn(deleted.getPairId()::equals).hasSize(3);
    assertThat(topics.reinforced())
        .filteredOn(record -> record.key().equals(brought.getPairId()))
        .singleElement()
        .extracting(TestTopics.Read::pair)
        .satisfies(
            pair -> {
              assertThat(pair.getReinforcementVersion()).isEqualTo("datacompdr-of-others");
              assertThat(pair.getAugmentations())
                  .isEqualTo(brought.getReinforcement().getAugmentations());
              assertThat(pair.getPair().getReinforcement()).isNull();
              assertThat(pair.getPair().getImage()).isEqualTo(brought.getImage());
            });
    assertThat(ProcessScope.users("everclip-reinforce")).as("models freed").isZero();
  }

  static EverclipConfig config(Path home, String bootstrap, String registryUrl) throws IOException {
    Files.createDirectories(home);
    return new ConfigLoader(Map.of())
        .load(
            home,
            null,
            List.of(
                "kafka.bootstrap=" + bootstrap,
                "schemaRegistry.url=" + registryUrl,
                "reinforce.recipe=" + folder.resolve("program/recipe.yaml"),
                "reinforce.checkpointInterval=PT0.5S",
                "reinforce.batchPairs=8",
                "reinforce.uiPort=" + uiPort));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String get(String url) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
