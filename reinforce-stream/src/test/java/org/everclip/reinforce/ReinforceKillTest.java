package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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

/**
 * The role as a process of its own, killed without warning while pairs flow. One kill by default;
 * {@code -Deverclip.kills=20 -Deverclip.seed=7} for more.
 */
@Timeout(1800)
class ReinforceKillTest {

  private static final int PAIRS_PER_KILL = 120;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void theSetIsCompleteAndWithoutDoubles() throws Exception {
    int kills = Integer.getInteger("everclip.kills", 1);
    var random = new Random(Long.getLong("everclip.seed", 1));
    TestProgram.write(folder.resolve("program"));
    try (var broker = EmbeddedBroker.start(folder.resolve("broker"));
        var registry = SchemaRegistryServer.start(0, broker.bootstrap())) {
      List<String> settings = settings(broker.bootstrap(), registry.url());
      Path home = Files.createDirectories(folder.resolve("home"));
      EverclipConfig config = new ConfigLoader(Map.of()).load(home, null, settings);
      try (var topics = new TestTopics(config)) {
        topics.create();
        var sent = new ArrayList<String>();
        for (int kill = 0; kill < kills; kill++) {
          send(topics, kill * PAIRS_PER_KILL, PAIRS_PER_KILL, sent);
          int before = topics.reinforced().size();
          Process role = start(home, settings);
          int enough = before + 1 + random.nextInt(PAIRS_PER_KILL / 2);
          await()
              .atMost(Duration.ofMinutes(4))
              .pollInterval(Duration.ofMillis(20))
              .until(() -> topics.reinforced().size() >= enough);
          role.destroyForcibly().waitFor();
        }
        assertThat(topics.reinforced()).hasSizeLessThan(sent.size());

        Process role = start(home, settings);
        await()
            .atMost(Duration.ofSeconds(60L + 10L * kills))
            .until(() -> topics.reinforced().size() >= sent.size());
        role.destroy();
        assertThat(role.waitFor(35, TimeUnit.SECONDS)).as("stops in time").isTrue();

        assertThat(topics.reinforced())
            .extracting(TestTopics.Read::key)
            .containsExactlyInAnyOrderElementsOf(sent);
        assertThat(topics.openRecords(Topics.REINFORCED.name())).isZero();
        assertThat(folder.resolve("home/state/reinforce/savepoints")).isNotEmptyDirectory();
      }
    }
  }

  private static void send(TestTopics topics, int from, int count, List<String> sent) {
    IntStream.range(from, from + count)
        .mapToObj(TestPairs::pair)
        .forEach(
            (AcceptedPair pair) -> {
              topics.accept(pair);
              sent.add(pair.getPairId());
            });
  }

  private Process start(Path home, List<String> settings) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx400m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(
        List.of(
            "-Dai.djl.offline=true",
            "-Dai.djl.pytorch.num_threads=1",
            "-Dai.djl.pytorch.graph_optimizer=false"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ReinforceMain.class.getName());
    command.addAll(List.of("--home", home.toString()));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(folder.resolve("reinforce.log").toFile()));
    // Should the test itself be killed, the role stops by itself.
    builder.environment().put("EVERCLIP_PARENT_PID", Long.toString(ProcessHandle.current().pid()));
    return builder.start();
  }

  private List<String> settings(String bootstrap, String registryUrl) {
    return List.of(
        "kafka.bootstrap=" + bootstrap,
        "schemaRegistry.url=" + registryUrl,
        "reinforce.recipe=" + folder.resolve("program/recipe.yaml"),
        "reinforce.checkpointInterval=PT0.3S",
        "reinforce.onBadModel=report", // they are untrained
        "reinforce.batchPairs=8",
        "reinforce.uiPort=0");
  }
}
