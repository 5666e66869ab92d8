package org.everclip.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole mission in small, as a user starts it: real pairs through broker, gate, reinforcement,
 * trainer, registry and evaluator, with fewer steps than the real demo.
 */
class DemoTest {

  private static final Path PROGRAM = Path.of(System.getProperty("everclip.project"));
  private static final int LIMIT_MINUTES = 16;

  @TempDir Path folder;

  @Test
  void trainsPublishesAndEvaluatesAVersionFromTheStream() throws Exception {
    Path output = folder.resolve("output.txt");
    var builder =
        new ProcessBuilder(
            "java",
            "-cp",
            PROGRAM.resolve("target/lib/cli") + "/*",
            "org.everclip.cli.EverclipMain",
            "demo",
            "--home",
            folder.resolve("home").toString(),
            "--minutes",
            "7",
            "--set",
            "trainer.roundPairs=200",
            "--set",
            "trainer.roundSteps=15",
            "--set",
            "trainer.maxRounds=2");
    builder.environment().put("EVERCLIP_PROGRAM", PROGRAM.toString());
    builder.environment().put("EVERCLIP_PORTS_BASE", Integer.toString(freePorts()));
    Process demo =
        builder
            .redirectOutput(output.toFile())
            .redirectError(folder.resolve("errors.txt").toFile())
            .start();
    try {
      assertThat(demo.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)).as("ends by itself").isTrue();
    } finally {
      demo.destroy();
    }

    List<String> lines = Files.readAllLines(output);
    String said = Files.readString(folder.resolve("errors.txt"));
    assertThat(demo.exitValue()).as(said).isZero();
    JsonNode summary = JsonMapper.builder().build().readTree(lines.get(lines.size() - 1));
    assertThat(summary.path("accepted").asInt()).isGreaterThan(1000);
    assertThat(summary.path("trainedSteps").asInt()).isPositive();
    assertThat(summary.path("versions").asInt()).isPositive();
    assertThat(summary.path("evaluated").asInt()).isPositive();
    assertThat(summary.path("heldoutLatest").path("recallAt5").asDouble()).isPositive();
  }

  /** Six neighbouring ports: the system gives one, and its neighbours are most likely free. */
  private static int freePorts() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return Math.min(socket.getLocalPort(), 65_000);
    }
  }
}
