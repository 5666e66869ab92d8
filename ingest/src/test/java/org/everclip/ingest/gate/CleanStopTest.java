package org.everclip.ingest.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CleanStopTest {

  @TempDir Path state;

  private Path checkpoint;
  private Path store;

  @BeforeEach
  void stateOfATask() throws IOException {
    Path task = Files.createDirectories(state.resolve("everclip-gate/2_0"));
    checkpoint = Files.writeString(task.resolve(".checkpoint"), "0\n");
    store = Files.writeString(task.resolve("CURRENT"), "");
  }

  @Test
  void stateOfAKilledProcessLosesItsCheckpoint() throws IOException {
    assertThat(CleanStop.begin(state)).isEqualTo(1);

    assertThat(checkpoint).doesNotExist();
    assertThat(store).exists();
  }

  @Test
  void aCleanStopIsTrustedOnce() throws IOException {
    CleanStop.end(state);

    assertThat(CleanStop.begin(state)).isZero();
    assertThat(checkpoint).exists();
    assertThat(CleanStop.begin(state)).isEqualTo(1);
  }
}
