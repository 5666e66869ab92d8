package org.everclip.formats;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that appears under its name only when it is whole: it is written beside the target, forced
 * to disk and renamed. A crash leaves the old file (or none) and a stray {@code .part} file.
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** Returns where to write what shall become {@code target}; its folder is made if missing. */
  public static Path aside(Path target) throws IOException {
    Path folder = target.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    String name = target.getFileName() + "." + ProcessHandle.current().pid() + ".part";
    return target.resolveSibling(name);
  }

  /** Forces {@code aside} to disk and renames it to {@code target}, replacing what was there. */
  public static void publish(Path aside, Path target) throws IOException {
    try (FileChannel channel = FileChannel.open(aside, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    try {
      Files.move(
          aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException unsupported) {
      Files.move(aside, target, StandardCopyOption.REPLACE_EXISTING);
    }
    Path folder = target.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
  }
}
