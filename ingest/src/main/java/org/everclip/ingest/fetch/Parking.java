package org.everclip.ingest.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Holds fetched bytes until their turn comes: small ones in memory, others as files of a folder
 * that is emptied at each start. Thread-safe.
 */
final class Parking {

  private static final int IN_MEMORY_BYTES = 32 << 10;

  /** Bytes somewhere; taken once. */
  @SuppressWarnings("ArrayRecordComponent")
  record Parked(byte @Nullable [] bytes, @Nullable Path file) {

    byte[] take() throws IOException {
      if (bytes != null) {
        return bytes;
      }
      if (file == null) {
        throw new IllegalStateException("bytes or a file");
      }
      byte[] read = Files.readAllBytes(file);
      Files.delete(file);
      return read;
    }

    /** Forgets them. */
    void drop() throws IOException {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    }
  }

  private final Path folder;

  private Parking(Path folder) {
    this.folder = folder;
  }

  static Parking open(Path folder) throws IOException {
    Files.createDirectories(folder);
    try (Stream<Path> left = Files.list(folder)) {
      for (Path file : left.toList()) {
        Files.delete(file);
      }
    }
    return new Parking(folder);
  }

  Parked park(byte[] bytes) throws IOException {
    if (bytes.length <= IN_MEMORY_BYTES) {
      return new Parked(bytes, null);
    }
    Path file = Files.createTempFile(folder, "picture", "");
    Files.write(file, bytes);
    return new Parked(null, file);
  }
}
