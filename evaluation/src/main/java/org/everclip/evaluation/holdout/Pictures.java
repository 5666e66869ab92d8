package org.everclip.evaluation.holdout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.everclip.contracts.Sha256;
import org.everclip.formats.AtomicFile;

/** Pictures as files named by their digest. Used by one thread. */
final class Pictures {

  private final Path folder;

  Pictures(Path folder) {
    this.folder = folder;
  }

  /** Stores bytes unless they are there; returns their sha256. */
  String store(byte[] bytes) throws IOException {
    String sha256 = Sha256.hex(bytes);
    Path file = file(sha256);
    if (!Files.exists(file)) {
      Path aside = AtomicFile.aside(file);
      Files.write(aside, bytes);
      AtomicFile.publish(aside, file);
    }
    return sha256;
  }

  /**
   * Reads a picture.
   *
   * @throws IOException if it is missing or has other bytes; says what helps
   */
  byte[] load(String sha256) throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file(sha256));
    } catch (NoSuchFileException e) {
      throw damaged("is missing", sha256);
    }
    if (!Sha256.hex(bytes).equals(sha256)) {
      throw damaged("has other bytes", sha256);
    }
    return bytes;
  }

  private IOException damaged(String what, String sha256) {
    return new IOException(
        "held-out picture %s %s; remove %s, the evaluator fills it again"
            .formatted(file(sha256), what, folder.getParent()));
  }

  /** Removes what nobody needs. */
  void keepOnly(Set<String> needed) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(path -> Files.isRegularFile(path)).toList();
    }
    for (Path file : files) {
      if (!needed.contains(file.getFileName().toString())) {
        Files.deleteIfExists(file);
      }
    }
  }

  private Path file(String sha256) {
    return folder.resolve(sha256.substring(0, 2)).resolve(sha256);
  }
}
