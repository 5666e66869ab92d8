package org.everclip.registry.store;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A disk that loses its power after a number of writes, syncs and renames: what was not forced may
 * be there in part, a rename whose folder was not forced may not have happened. After that nothing
 * works any more.
 */
public final class LossyDisk implements FileOps {

  /** The end of the process. */
  public static final class Crash extends Error {
    private static final long serialVersionUID = 1;
  }

  private record Rename(Path from, Path to, byte @Nullable [] before) {}

  private final Random random;
  private final Set<Path> unforced = new HashSet<>();
  private final List<Rename> pending = new ArrayList<>();
  private int left;
  private boolean dead;

  /**
   * @param survives operations before the crash
   */
  public LossyDisk(int survives, long seed) {
    this.left = survives;
    this.random = new Random(seed);
  }

  private void step() throws IOException {
    if (dead) {
      throw new Crash();
    }
    if (left-- == 0) {
      dead = true;
      lose();
      throw new Crash();
    }
  }

  private void lose() throws IOException {
    for (int i = pending.size() - 1; i >= 0; i--) {
      Rename rename = pending.get(i);
      if (random.nextBoolean() && Files.exists(rename.to())) {
        Files.move(rename.to(), rename.from(), StandardCopyOption.REPLACE_EXISTING);
        if (unforced.remove(rename.to())) {
          unforced.add(rename.from());
        }
        if (rename.before() != null) {
          Files.write(rename.to(), rename.before());
        }
      }
    }
    for (Path file : unforced) {
      if (Files.exists(file)) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.truncate((long) (random.nextDouble() * (channel.size() + 1)));
        }
      }
    }
  }

  private OutputStream lossy(Path file, OutputStream stream) {
    unforced.add(file);
    return new FilterOutputStream(stream) {
      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        out.write(bytes, from, dead ? 0 : random.nextInt(length + 1));
        throwOrRewrite(bytes, from, length);
      }

      private void throwOrRewrite(byte[] bytes, int from, int length) throws IOException {
        // The part above stays only if this is the end; else the file is as if written once.
        long part = Files.size(file);
        step();
        out.flush();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.truncate(start(part));
        }
        out.write(bytes, from, length);
        written = Files.size(file);
      }

      private long written = Files.exists(file) ? size(file) : 0;

      private long start(long part) {
        return Math.min(part, written);
      }
    };
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public OutputStream create(Path file) throws IOException {
    step();
    Files.createFile(file);
    return lossy(file, Files.newOutputStream(file, StandardOpenOption.APPEND));
  }

  @Override
  public OutputStream createPrivate(Path file) throws IOException {
    return create(file);
  }

  @Override
  public OutputStream append(Path file) throws IOException {
    step();
    return lossy(file, FileOps.super.append(file));
  }

  @Override
  public void force(Path path) throws IOException {
    step();
    unforced.remove(path);
    pending.removeIf(rename -> path.equals(rename.to().getParent()));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    step();
    byte[] before = Files.exists(to) ? Files.readAllBytes(to) : null;
    FileOps.super.rename(from, to);
    pending.add(new Rename(from, to, before));
    if (unforced.remove(from)) {
      unforced.add(to);
    }
  }

  @Override
  public void delete(Path file) throws IOException {
    step();
    FileOps.super.delete(file);
  }
}
