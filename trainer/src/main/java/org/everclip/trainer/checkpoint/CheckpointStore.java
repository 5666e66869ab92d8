package org.everclip.trainer.checkpoint;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.everclip.contracts.Sha256;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints on disk: one folder each, written aside, forced, renamed; {@code checksums.json}
 * names the SHA-256 of every file. The newest {@code keep} stay. For one thread.
 */
public final class CheckpointStore {

  private static final Logger log = LoggerFactory.getLogger(CheckpointStore.class);
  private static final String CHECKSUMS = "checksums.json";
  private static final String POSITION = "position.json";
  private static final String STATE = "state";

  /** The layout before rounds kept accounts. */
  private static final int WITHOUT_COSTS = 1;

  private static final int WITHOUT_CURVE = 2;

  private final Path folder;
  private final int keep;
  private final ObjectMapper json =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  /** Writes the training state into a path that it may use as a file or a folder. */
  @FunctionalInterface
  public interface Saver {
    void save(Path path) throws IOException;
  }

  /**
   * A whole checkpoint.
   *
   * @param state what the saver has written
   */
  public record Checkpoint(Position position, Path state) {}

  public CheckpointStore(Path folder, int keep) {
    if (keep < 1) {
      throw new IllegalArgumentException(
          "trainer.keepCheckpoints must be at least 1, but is " + keep);
    }
    this.folder = folder;
    this.keep = keep;
  }

  /** Adds a checkpoint; when this returns, it is on disk. */
  public void write(Position position, Saver saver) {
    Path target = folder.resolve("step-%012d".formatted(position.step()));
    try {
      Path aside = Folders.aside(target);
      saver.save(aside.resolve(STATE));
      json.writeValue(aside.resolve(POSITION).toFile(), position);
      json.writeValue(aside.resolve(CHECKSUMS).toFile(), checksums(aside));
      Folders.publish(aside, target);
      List<Path> all = newestFirst();
      for (Path old : all.subList(Math.min(keep, all.size()), all.size())) {
        Folders.delete(old);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write checkpoint " + target, e);
    }
  }

  /**
   * The newest checkpoint that is whole; half-written ones are removed, damaged ones passed over.
   */
  public Optional<Checkpoint> newest() {
    try {
      Folders.sweep(folder);
      for (Path candidate : newestFirst()) {
        Optional<Checkpoint> checkpoint = read(candidate);
        if (checkpoint.isPresent()) {
          return checkpoint;
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read checkpoints in " + folder, e);
    }
  }

  private Optional<Checkpoint> read(Path candidate) throws IOException {
    Path checksums = candidate.resolve(CHECKSUMS);
    Map<String, String> expected = Map.of();
    try {
      expected = json.readValue(Files.readAllBytes(checksums), new TypeReference<>() {});
    } catch (IOException e) {
      log.warn("checkpoint {} is passed over: {}", candidate, e.getMessage());
    }
    if (expected.isEmpty()) {
      return Optional.empty();
    }
    if (!expected.equals(checksums(candidate))) {
      log.warn("checkpoint {} is passed over: its files do not match {}", candidate, CHECKSUMS);
      return Optional.empty();
    }
    Position position = position(json.readTree(candidate.resolve(POSITION).toFile()));
    return Optional.of(new Checkpoint(position, candidate.resolve(STATE)));
  }

  /** Within a layout, a missing or unknown field is an error; older layouts are migrated. */
  private Position position(JsonNode stored) throws IOException {
    if (stored instanceof ObjectNode old) {
      int layout = old.path("layout").asInt();
      if (layout == WITHOUT_COSTS) {
        old.set("spent", json.valueToTree(Spent.NOTHING));
      }
      if (layout == WITHOUT_COSTS || layout == WITHOUT_CURVE) {
        old.put("layout", Position.LAYOUT);
        old.putArray("curve");
      }
    }
    return json.treeToValue(stored, Position.class);
  }

  private List<Path> newestFirst() throws IOException {
    var all = new ArrayList<Path>();
    for (Path child : Folders.children(folder)) {
      if (child.getFileName().toString().matches("step-\\d{12,}")) {
        all.add(child);
      }
    }
    Collections.reverse(all);
    return all;
  }

  private static Map<String, String> checksums(Path checkpoint) throws IOException {
    var sums = new TreeMap<String, String>();
    for (Path file : Folders.files(checkpoint)) {
      String name = checkpoint.relativize(file).toString();
      if (!name.equals(CHECKSUMS)) {
        sums.put(name, Sha256.hex(file));
      }
    }
    return sums;
  }
}
