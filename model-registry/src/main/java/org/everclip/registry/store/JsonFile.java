package org.everclip.registry.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.everclip.contracts.registry.CanonicalJson;

/** A small document of the registry's own, replaced as a whole. One writer at a time. */
public final class JsonFile {

  private final Path file;
  private final FileOps files;

  public JsonFile(Path file, FileOps files) {
    this.file = file;
    this.files = files;
  }

  /** What was written last; empty before the first time. */
  public <T> Optional<T> read(Class<T> type) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(CanonicalJson.read(Files.readString(file), type));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Replaces the document; after a crash there is the old one or the new one. */
  public void write(Object value) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException(file + " has no folder");
    }
    Files.createDirectories(folder);
    Path aside = file.resolveSibling(file.getFileName() + ".part");
    Files.deleteIfExists(aside);
    try (OutputStream out = files.createPrivate(aside)) {
      out.write(CanonicalJson.text(value).getBytes(UTF_8));
    }
    files.force(aside);
    files.rename(aside, file);
    files.force(folder);
  }
}
