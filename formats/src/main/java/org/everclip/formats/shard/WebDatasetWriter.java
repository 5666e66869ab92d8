package org.everclip.formats.shard;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.everclip.formats.AtomicFile;

/**
 * Writes a shard as a deterministic ustar: same samples, same bytes. The file appears under its
 * name at {@link #close()}, whole; after a failed write, or {@link #abandon()}, it never does. For
 * one thread.
 */
public final class WebDatasetWriter implements AutoCloseable {
  private final Path path;
  private final Path aside;
  private final TarArchiveOutputStream tar;
  private boolean abandoned;
  private boolean closed;
  private int samples;

  public WebDatasetWriter(Path path) throws IOException {
    this.path = path;
    this.aside = AtomicFile.aside(path);
    this.tar =
        new TarArchiveOutputStream(
            new BufferedOutputStream(Files.newOutputStream(aside), 1 << 16), "UTF-8");
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
  }

  public void write(ShardSample sample) throws IOException {
    check(sample);
    boolean whole = false;
    try {
      for (Map.Entry<String, byte[]> member : sample.members().entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(sample.key() + "." + member.getKey());
        entry.setSize(member.getValue().length);
        entry.setModTime(0L);
        entry.setMode(0100644);
        entry.setIds(0, 0);
        entry.setNames("", "");
        tar.putArchiveEntry(entry);
        tar.write(member.getValue());
        tar.closeArchiveEntry();
      }
      samples++;
      whole = true;
    } finally {
      abandoned |= !whole;
    }
  }

  private static void check(ShardSample sample) {
    String file = sample.key().substring(sample.key().lastIndexOf('/') + 1);
    if (file.isEmpty() || file.contains(".") || sample.key().startsWith("/")) {
      throw new IllegalArgumentException(
          "expected a relative key without dots, got '" + sample.key() + "'");
    }
    for (String extension : sample.members().keySet()) {
      if (extension.isEmpty() || extension.startsWith(".") || extension.contains("/")) {
        throw new IllegalArgumentException(
            "expected an extension such as 'jpg' or 'paug.json', got '" + extension + "'");
      }
    }
  }

  /** Samples written so far. */
  public int samples() {
    return samples;
  }

  /** Makes {@link #close()} discard what was written; for callers that fail between samples. */
  public void abandon() {
    abandoned = true;
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (abandoned) {
        Files.deleteIfExists(aside);
      }
      tar.close();
      if (!abandoned) {
        AtomicFile.publish(aside, path);
      }
    } catch (IOException failure) {
      if (!abandoned) {
        throw failure;
      }
    } finally {
      Files.deleteIfExists(aside);
    }
  }
}
