package org.everclip.ingest.produce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import org.everclip.contracts.Sha256;
import org.everclip.formats.AtomicFile;

/**
 * How far a source has been acknowledged by the brokers; kept in a file, so that an interrupted
 * ingest goes on where it was. Thread-safe.
 */
final class Position {

  private static final JsonMapper JSON = new JsonMapper();

  private final Path file;
  private final String id;
  private final String fingerprint;
  private final TreeSet<Long> underWay = new TreeSet<>();
  private long next;
  private boolean complete;

  private Position(Path file, String id, String fingerprint, long next, boolean complete) {
    this.file = file;
    this.id = id;
    this.fingerprint = fingerprint;
    this.next = next;
    this.complete = complete;
  }

  /**
   * Opens the position of a source.
   *
   * @param scope what else must be the same for the position to count: cluster, name, split
   */
  static Position open(Path folder, PairSource source, String scope, boolean again)
      throws IOException {
    String fingerprint = source.fingerprint();
    Path file = folder.resolve(Sha256.hex(scope + "\n" + source.id()).substring(0, 24) + ".json");
    long next = 0;
    boolean complete = false;
    if (!again && Files.exists(file)) {
      JsonNode saved = JSON.readTree(file.toFile());
      if (saved.path("fingerprint").asText().equals(fingerprint)) {
        next = saved.path("acknowledged").asLong();
        complete = saved.path("complete").asBoolean();
      }
    }
    return new Position(file, source.id(), fingerprint, next, complete);
  }

  /** All before this ordinal is done. */
  synchronized long acknowledged() {
    return underWay.isEmpty() ? next : underWay.first();
  }

  synchronized void sent(long ordinal) {
    underWay.add(ordinal);
    next = ordinal + 1;
  }

  synchronized void acknowledge(long ordinal) {
    underWay.remove(ordinal);
  }

  /** Passes over something that is not sent. */
  synchronized void passed(long ordinal) {
    next = ordinal + 1;
  }

  /** Everything in the source is a pair and acknowledged. */
  synchronized void complete() {
    complete = true;
  }

  synchronized boolean isComplete() {
    return complete;
  }

  void save() throws IOException {
    var saved =
        JSON.createObjectNode()
            .put("source", id)
            .put("fingerprint", fingerprint)
            .put("acknowledged", acknowledged())
            .put("complete", isComplete());
    Path aside = AtomicFile.aside(file);
    JSON.writeValue(aside.toFile(), saved);
    AtomicFile.publish(aside, file);
  }
}
