package org.everclip.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder of all state while one supervisor owns it: {@code lock} (held, with the owner's
 * process id), {@code format} (the layout's version), {@code logs/}, {@code supervisor.json}.
 */
final class Home implements AutoCloseable {

  /** The layout that this program writes. */
  static final int FORMAT = 1;

  private static final int KEPT_LOGS = 5;

  private final Path dir;
  private final FileChannel channel;
  private final FileLock lock;

  private Home(Path dir, FileChannel channel, FileLock lock) {
    this.dir = dir;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Takes the folder for this process.
   *
   * @throws CliException when another process has it, or a newer program wrote it
   */
  static Home claim(Path dir) {
    try {
      Files.createDirectories(dir.resolve("logs"));
      FileChannel channel =
          FileChannel.open(
              dir.resolve("lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new CliException(
            "already running on "
                + dir
                + " as process "
                + owner(dir).map(String::valueOf).orElse("?")
                + "; stop it with 'everclip down', or choose another --home");
      }
      var home = new Home(dir, channel, lock);
      try {
        checkFormat(dir);
      } catch (CliException e) {
        home.close();
        throw e;
      }
      byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8);
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(pid), 0);
      return home;
    } catch (IOException e) {
      throw new CliException("cannot use " + dir + ": " + e.getMessage(), e);
    }
  }

  /** The process that runs on this folder, if one does. */
  static Optional<Long> owner(Path dir) {
    Path file = dir.resolve("lock");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      FileLock lock = tryLock(channel);
      if (lock != null) {
        lock.release();
        return Optional.empty();
      }
      String text = Files.readString(file).trim();
      return text.isEmpty() ? Optional.empty() : Optional.of(Long.parseLong(text));
    } catch (IOException | NumberFormatException e) {
      throw new CliException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static void checkFormat(Path dir) throws IOException {
    Path file = dir.resolve("format");
    if (!Files.exists(file)) {
      Files.writeString(file, FORMAT + "\n");
      return;
    }
    String text = Files.readString(file).trim();
    int format;
    try {
      format = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new CliException(
          file + " must hold the version of the state's layout, but holds '" + text + "'", e);
    }
    if (format > FORMAT) {
      throw new CliException(
          dir
              + " was written by a newer EverClip (layout "
              + format
              + ", this program knows up to "
              + FORMAT
              + "); use that program, or another --home");
    }
  }

  Path log(String role) {
    return dir.resolve("logs").resolve(role + ".log");
  }

  /** Moves the log of the last start away and keeps a few. */
  Path freshLog(String role) {
    try {
      for (int i = KEPT_LOGS - 1; i >= 1; i--) {
        Path older = dir.resolve("logs").resolve(role + "." + i + ".log");
        if (Files.exists(older)) {
          Files.move(
              older,
              dir.resolve("logs").resolve(role + "." + (i + 1) + ".log"),
              StandardCopyOption.REPLACE_EXISTING);
        }
      }
      if (Files.exists(log(role))) {
        Files.move(
            log(role),
            dir.resolve("logs").resolve(role + ".1.log"),
            StandardCopyOption.REPLACE_EXISTING);
      }
      return log(role);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot rotate the log of " + role, e);
    }
  }

  /** The last lines of a role's log. */
  static List<String> tail(Path log, int lines) {
    try (Stream<String> all = Files.lines(log, StandardCharsets.ISO_8859_1)) {
      List<String> list = all.toList();
      return list.subList(Math.max(0, list.size() - lines), list.size());
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  @Override
  public void close() {
    try {
      lock.release();
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
