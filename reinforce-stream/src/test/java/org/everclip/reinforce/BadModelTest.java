package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The whole job with an untrained teacher, which cannot know what belongs together. */
@Timeout(900)
class BadModelTest {

  private static final int PAIRS = 2 * ModelWatch.WINDOW;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @Test
  void stopsOrQuarantinesWithAMessageAndGoesOnWhenTold() throws Exception {
    TestProgram.writeSmall(folder.resolve("program"));
    try (var broker = EmbeddedBroker.start(folder.resolve("broker"));
        var registry = SchemaRegistryServer.start(0, broker.bootstrap())) {
      EverclipConfig stop = config(broker.bootstrap(), registry.url(), "stop");
      try (var topics = new TestTopics(stop)) {
        topics.create();
        IntStream.range(0, PAIRS).mapToObj(TestPairs::pair).forEach(topics::accept);

        var stopped = new TestRole(stop);
        await()
            .atMost(Duration.ofMinutes(5))
            .until(() -> stopped.health.detail().contains("the job has stopped"));
        assertThat(stopped.health.detail())
            .contains("teacher vit@", "captions from another picture's", "reinforce.recipe");
        stopped.stop();
        assertThat(topics.reinforced()).hasSizeLessThan(PAIRS);
        assertThat(topics.rejected()).isEmpty();

        var quarantine = new TestRole(config(broker.bootstrap(), registry.url(), "quarantine"));
        await().atMost(Duration.ofMinutes(5)).until(() -> !topics.rejected().isEmpty());
        await().until(() -> quarantine.health.detail().contains("pairs are quarantined"));
        quarantine.stop();
        assertThat(topics.rejected())
            .extracting(RejectedPair::getDetail)
            .allSatisfy(detail -> assertThat(detail).startsWith("quarantined: "));

        int kept = topics.rejected().size();
        var told = new TestRole(config(broker.bootstrap(), registry.url(), "report"));
        await()
            .atMost(Duration.ofMinutes(5))
            .until(() -> topics.reinforced().size() == PAIRS - kept);
        assertThat(told.health.isReady()).isTrue();
        told.stop();
        assertThat(topics.reinforced()).extracting(TestTopics.Read::id).doesNotHaveDuplicates();
      }
    }
  }

  private EverclipConfig config(String bootstrap, String registryUrl, String onBadModel)
      throws Exception {
    return new ConfigLoader(Map.of())
        .load(
            Files.createDirectories(folder.resolve("home")),
            null,
            List.of(
                "kafka.bootstrap=" + bootstrap,
                "schemaRegistry.url=" + registryUrl,
                "reinforce.recipe=" + folder.resolve("program/recipe.yaml"),
                "reinforce.checkpointInterval=PT0.3S",
                "reinforce.onBadModel=" + onBadModel,
                "reinforce.batchPairs=32",
                "reinforce.uiPort=0"));
  }
}
