package org.everclip.registry.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.TreeMap;
import org.everclip.contracts.registry.CanonicalJson;

/**
 * One line of JSON for each attempt to write: when, who, from where, what, and how it ended; never
 * a secret. The file is set aside once at 64 MB. Thread-safe.
 */
public final class AuditLog {

  private static final long MAX_BYTES = 64L << 20;
  private static final int MAX_TEXT = 300;

  private final Path file;
  private final Clock clock;

  public AuditLog(Path storage, Clock clock) {
    this.file = storage.resolve("audit.jsonl");
    this.clock = clock;
  }

  /** Writes a line. */
  public synchronized void write(String who, String address, String method, String path, int status)
      throws IOException {
    if (Files.exists(file) && Files.size(file) > MAX_BYTES) {
      Files.move(file, file.resolveSibling("audit.1.jsonl"), StandardCopyOption.REPLACE_EXISTING);
    }
    var line = new TreeMap<String, Object>();
    line.put("time", clock.instant());
    line.put("who", who);
    line.put("address", address);
    line.put("method", method);
    line.put("path", path.length() > MAX_TEXT ? path.substring(0, MAX_TEXT) : path);
    line.put("status", status);
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      ByteBuffer bytes = ByteBuffer.wrap((CanonicalJson.text(line) + "\n").getBytes(UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }
  }
}
