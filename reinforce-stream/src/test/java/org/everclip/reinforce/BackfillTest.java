package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A recipe that changes, against a real broker and with real (untrained) models. */
@Timeout(900)
class BackfillTest {

  private static final int PAIRS = 60;
  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void aChangedRecipeReinforcesOlderPairsAgainBesideTheLiveOnes() throws Exception {
    TestProgram.writeSmall(folder.resolve("program"));
    try (var broker = EmbeddedBroker.start(folder.resolve("broker"));
        var registry = SchemaRegistryServer.start(0, broker.bootstrap())) {
      EverclipConfig config = config(broker.bootstrap(), registry.url());
      try (var topics = new TestTopics(config)) {
        topics.create();
        String first = underTheFirstRecipe(config, topics);
        seed(2);
        String second = underTheSecond(config, topics, first);
        seed(1);
        backToTheFirst(config, topics, first, second);
        assertThat(topics.reinforced()).extracting(TestTopics.Read::id).doesNotHaveDuplicates();
        assertThat(topics.openRecords(Topics.REINFORCED.name())).isZero();
      }
    }
  }

  /** All pairs, then a second revision of pair 1, a deletion of pair 2. */
  private static String underTheFirstRecipe(EverclipConfig config, TestTopics topics)
      throws Exception {
    IntStream.range(0, PAIRS).mapToObj(TestPairs::pair).forEach(topics::accept);
    topics.accept(TestPairs.pair(1, 2, TestPairs.picture(1)));
    topics.send(TestPairs.pair(2).getPairId(), null);
    topics.accept(TestPairs.reinforced(1000));
    var role = new TestRole(config);
    await().atMost(LONG).until(() -> topics.reinforced().size() == PAIRS + 3);
    role.stop();
    assertThat(role.meters.find("everclip.reinforce.backfill.offsets").gauge()).isNull();
    return version(topics, TestPairs.pair(0));
  }

  /** Stopped amid the back-fill, and started again. */
  private static String underTheSecond(EverclipConfig config, TestTopics topics, String first)
      throws Exception {
    int before = topics.reinforced().size();
    var role = new TestRole(config);
    await().atMost(LONG).until(() -> topics.reinforced().size() > before);
    role.stop();
    assertThat(topics.reinforced()).hasSizeLessThan(before + PAIRS - 1);

    var again = new TestRole(config);
    topics.accept(TestPairs.pair(PAIRS));
    await().atMost(LONG).until(() -> topics.reinforced().size() == before + PAIRS);
    await().atMost(LONG).until(() -> progress(again, "done") == PAIRS + 3);
    await().atMost(LONG).until(() -> new RecipeHistory(again.state()).running().isEmpty());
    again.stop();

    assertThat(again.restored()).isTrue();
    assertThat(again.passed("backfilled")).isPositive();
    var history = new RecipeHistory(again.state());
    assertThat(history.running()).isEmpty();
    assertThat(history.hasBackfilled()).isTrue();
    String second = version(topics, TestPairs.pair(PAIRS));
    assertThat(second).isNotEqualTo(first);
    assertThat(recordsOf(topics, second, TestPairs.pair(1)))
        .as("only the newest revision")
        .containsExactly(2);
    assertThat(recordsOf(topics, second, TestPairs.pair(2))).as("deleted").isEmpty();
    assertThat(recordsOf(topics, second, TestPairs.pair(3))).containsExactly(1);
    assertThat(recordsOf(topics, second, TestPairs.reinforced(1000))).isEmpty();
    return second;
  }

  /** Only what came under the second recipe lacks the first one's records. */
  private static void backToTheFirst(
      EverclipConfig config, TestTopics topics, String first, String second) throws Exception {
    int before = topics.reinforced().size();
    var role = new TestRole(config);
    await().atMost(LONG).until(() -> topics.reinforced().size() == before + 1);
    await().atMost(LONG).until(() -> progress(role, "done") == PAIRS + 4);
    await().atMost(LONG).until(() -> new RecipeHistory(role.state()).running().isEmpty());
    role.stop();

    assertThat(recordsOf(topics, first, TestPairs.pair(PAIRS))).containsExactly(1);
    assertThat(version(topics, TestPairs.pair(PAIRS))).isEqualTo(first).isNotEqualTo(second);
  }

  private static double progress(TestRole role, String state) {
    var gauge = role.meters.find("everclip.reinforce.backfill.offsets").tag("state", state).gauge();
    return gauge == null ? -1 : gauge.value();
  }

  /** The newest record's version. */
  private static String version(TestTopics topics, AcceptedPair pair) {
    return topics.reinforced().stream()
        .filter(read -> read.key().equals(pair.getPairId()) && read.pair() != null)
        .map(read -> read.pair().getReinforcementVersion())
        .reduce((a, b) -> b)
        .orElseThrow();
  }

  private static List<Integer> recordsOf(TestTopics topics, String version, AcceptedPair pair) {
    return topics.reinforced().stream()
        .filter(read -> read.key().equals(pair.getPairId()) && read.pair() != null)
        .filter(read -> read.pair().getReinforcementVersion().equals(version))
        .map(read -> read.pair().getPair().getRevision())
        .toList();
  }

  private void seed(int seed) throws Exception {
    Path recipe = folder.resolve("program/recipe.yaml");
    Files.writeString(recipe, Files.readString(recipe).replaceFirst("seed: \\d", "seed: " + seed));
  }

  private EverclipConfig config(String bootstrap, String registryUrl) throws Exception {
    return new ConfigLoader(Map.of())
        .load(
            Files.createDirectories(folder.resolve("home")),
            null,
            List.of(
                "kafka.bootstrap=" + bootstrap,
                "schemaRegistry.url=" + registryUrl,
                "reinforce.recipe=" + folder.resolve("program/recipe.yaml"),
                "reinforce.checkpointInterval=PT0.3S",
                "reinforce.backfillFrom=all",
                "reinforce.onBadModel=report",
                "reinforce.batchPairs=4",
                "reinforce.uiPort=0"));
  }
}
