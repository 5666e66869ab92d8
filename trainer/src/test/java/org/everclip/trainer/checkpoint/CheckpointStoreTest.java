package org.everclip.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {

  @TempDir Path folder;
  private CheckpointStore store;

  @BeforeEach
  void open() {
    store = new CheckpointStore(folder, 2);
  }

  @Test
  void theNewestIsFoundAndOldOnesGo() throws IOException {
    for (int step = 1; step <= 4; step++) {
      write(step);
    }

    var newest = store.newest().orElseThrow();

    assertThat(newest.position()).isEqualTo(position(4));
    assertThat(newest.state()).hasContent("state 4");
    assertThat(Folders.children(folder)).hasSize(2);
  }

  @Test
  void aDamagedOneIsPassedOver() throws IOException {
    write(1);
    write(2);
    Path state = store.newest().orElseThrow().state();
    byte[] bytes = Files.readAllBytes(state);
    bytes[0] ^= 1;
    Files.write(state, bytes);

    assertThat(store.newest().orElseThrow().position()).isEqualTo(position(1));
  }

  @Test
  void oneWithAMissingFileIsPassedOver() throws IOException {
    write(1);
    write(2);
    Files.delete(store.newest().orElseThrow().state());

    assertThat(store.newest().orElseThrow().position()).isEqualTo(position(1));
  }

  @Test
  void halfWrittenOnesAreRemoved() throws IOException {
    write(1);
    Path part = folder.resolve("step-000000000002.part");
    Files.createDirectories(part);
    Files.writeString(part.resolve("state"), "half");

    assertThat(store.newest().orElseThrow().position()).isEqualTo(position(1));
    assertThat(part).doesNotExist();
  }

  @Test
  void withoutAnyThereIsNone() {
    assertThat(store.newest()).isEmpty();
  }

  private void write(int step) {
    store.write(position(step), path -> Files.writeString(path, "state " + step));
  }

  private static Position position(int step) {
    return new Position(
        Position.LAYOUT, "run", step, 1, step, new TreeSet<>(List.of(3)), List.of(1.5, 2.25));
  }
}
