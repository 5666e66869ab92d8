package org.everclip.trainer.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Folders that appear under their name only when they are whole and on disk. */
public final class Folders {

  private static final String PART = ".part";

  private Folders() {}

  /** An empty folder to fill; it becomes {@code target} by {@link #publish}. */
  public static Path aside(Path target) throws IOException {
    Path aside = target.resolveSibling(target.getFileName() + PART);
    delete(aside);
    Files.createDirectories(aside);
    return aside;
  }

  /** Forces all files to disk and gives the folder its name, replacing an older one. */
  public static void publish(Path aside, Path target) throws IOException {
    for (Path file : files(aside)) {
      force(file);
    }
    force(aside);
    delete(target);
    Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    Path parent = target.toAbsolutePath().getParent();
    if (parent != null) {
      force(parent);
    }
  }

  /** Removes what crashes have left half-written. */
  public static void sweep(Path parent) throws IOException {
    for (Path child : children(parent)) {
      if (child.getFileName().toString().endsWith(PART)) {
        delete(child);
      }
    }
  }

  /** The entries of a folder by name; none if it is not there. */
  public static List<Path> children(Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(parent)) {
      return children.sorted().toList();
    }
  }

  /** All regular files below the folder, by name. */
  public static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** Removes a folder with everything in it, if it is there. */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }

  private static void force(Path path) throws IOException {
    StandardOpenOption option =
        Files.isDirectory(path) ? StandardOpenOption.READ : StandardOpenOption.WRITE;
    try (FileChannel channel = FileChannel.open(path, option)) {
      channel.force(true);
    }
  }
}
