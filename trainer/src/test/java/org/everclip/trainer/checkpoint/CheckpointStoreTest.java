package org.everclip.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.everclip.contracts.Sha256;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @Test
  void oneOfTheFirstLayoutIsMigrated() throws IOException {
    write(10);
    Path checkpoint = folder.resolve("step-000000000010");
    rewrite(
        checkpoint,
        text ->
            withoutCurve(text.replace("\"layout\":3", "\"layout\":1"))
                .replaceAll(",\"spent\":\\{.*?\\},\"cpuSeconds\":3.0,\"samples\":64}", ""));

    Position migrated = store.newest().orElseThrow().position();

    assertThat(migrated.layout()).isEqualTo(Position.LAYOUT);
    assertThat(migrated.losses()).containsExactly(1.5, 2.25);
    assertThat(migrated.spent()).isEqualTo(Spent.NOTHING);
    assertThat(migrated.curve()).isEmpty();
  }

  @Test
  void oneOfTheSecondLayoutIsMigrated() throws IOException {
    write(10);
    rewrite(
        folder.resolve("step-000000000010"),
        text -> withoutCurve(text.replace("\"layout\":3", "\"layout\":2")));

    Position migrated = store.newest().orElseThrow().position();

    assertThat(migrated.layout()).isEqualTo(Position.LAYOUT);
    assertThat(migrated.spent()).isEqualTo(position(10).spent());
    assertThat(migrated.curve()).isEmpty();
  }

  private static String withoutCurve(String text) {
    return text.replaceAll(",\"curve\":\\[.*?\\]", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"layout\":4", "\"layout\":3,\"more\":1", "\"round\":1"})
  void otherLayoutsAndFieldsAreErrors(String layout) throws IOException {
    write(10);
    rewrite(folder.resolve("step-000000000010"), text -> text.replace("\"layout\":3", layout));

    assertThatException().isThrownBy(() -> store.newest());
  }

  /** Changes the position, with checksums that agree. */
  private static void rewrite(Path checkpoint, UnaryOperator<String> change) throws IOException {
    Path position = checkpoint.resolve("position.json");
    String before = Sha256.hex(position);
    String old = Files.readString(position);
    Files.writeString(position, change.apply(old));
    assertThat(Files.readString(position)).isNotEqualTo(old);
    Path sums = checkpoint.resolve("checksums.json");
    Files.writeString(sums, Files.readString(sums).replace(before, Sha256.hex(position)));
  }

  private void write(int step) {
    store.write(position(step), path -> Files.writeString(path, "state " + step));
  }

  private static Position position(int step) {
    return new Position(
        Position.LAYOUT,
        "run",
        step,
        1,
        step,
        new TreeSet<>(List.of(3)),
        List.of(1.5, 2.25),
        List.of(new CurvePoint(2, 1.5, 1, 2, 0.5, 14, 1e-3)),
        new Spent(new TreeMap<>(Map.of("step", 2.5)), 3, 64));
  }
}
