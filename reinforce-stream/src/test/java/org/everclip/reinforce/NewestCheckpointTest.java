package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewestCheckpointTest {

  @TempDir private Path root;
  private NewestCheckpoint folder;

  @BeforeEach
  void open() {
    folder = new NewestCheckpoint(root);
  }

  @Test
  void nothingThereIsNoError() {
    assertThat(folder.scan()).isEmpty();
  }

  @Test
  void theLargestNumberIsTheNewestWhereverItLies() throws Exception {
    save("checkpoints/aa/chk-9", 9);
    save("checkpoints/aa/chk-10", 10);
    save("savepoints/savepoint-aa-1", 11);
    save("checkpoints/bb/chk-12", 12);

    assertThat(folder.scan())
        .extracting(NewestCheckpoint.Saved::number)
        .containsExactly(12L, 11L, 10L, 9L);
  }

  @Test
  void whatIsNotCompleteIsSkipped() throws Exception {
    save("checkpoints/aa/chk-3", 3);
    Path half = save("checkpoints/aa/chk-4", 4).resolve("_metadata");
    byte[] bytes = Files.readAllBytes(half);
    Files.write(half, java.util.Arrays.copyOf(bytes, bytes.length - 3));
    Files.createDirectories(root.resolve("checkpoints/aa/chk-5"));
    Files.createFile(
        Files.createDirectories(root.resolve("checkpoints/bb/chk-6")).resolve("_metadata"));

    assertThat(folder.scan()).extracting(NewestCheckpoint.Saved::number).containsExactly(3L);
  }

  @Test
  void theOldGoesOnceTheNewHasTwo() throws Exception {
    save("checkpoints/aa/chk-3", 3);
    save("savepoints/savepoint-aa-1", 4);
    save("checkpoints/bb/chk-5", 5);

    assertThat(folder.deleteSuperseded("bb")).isFalse();
    assertThat(folder.scan()).hasSize(3);

    save("checkpoints/bb/chk-6", 6);

    assertThat(folder.deleteSuperseded("bb")).isTrue();
    assertThat(folder.scan()).extracting(NewestCheckpoint.Saved::number).containsExactly(6L, 5L);
    assertThat(root.resolve("checkpoints/aa")).doesNotExist();
  }

  private Path save(String directory, long number) throws IOException {
    Path path = Files.createDirectories(root.resolve(directory));
    try (var out = Files.newOutputStream(path.resolve("_metadata"))) {
      Checkpoints.storeCheckpointMetadata(
          new CheckpointMetadata(number, List.of(), List.of()), out);
    }
    return path;
  }
}
