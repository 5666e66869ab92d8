package org.everclip.formats.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file: small slices are read, large ones are mapped. */
final class FileSource implements ByteSource {
  private static final int READ_BYTES = 1 << 16;

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final boolean temporary;

  private FileSource(Path path, FileChannel channel, boolean temporary) throws IOException {
    this.path = path;
    this.channel = channel;
    this.size = channel.size();
    this.temporary = temporary;
  }

  /**
   * Opens the file.
   *
   * @param temporary whether closing deletes it
   */
  @SuppressWarnings("MustBeClosedChecker")
  static FileSource open(Path path, boolean temporary) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new FileSource(path, channel, temporary);
    } catch (IOException failure) {
      channel.close();
      throw failure;
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public ByteBuffer slice(long at, int length) throws IOException {
    ByteSource.check(at, length, size);
    if (length > READ_BYTES) {
      return channel.map(FileChannel.MapMode.READ_ONLY, at, length).order(ByteOrder.LITTLE_ENDIAN);
    }
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw new ArchiveException("it shrinks while it is read");
      }
    }
    return buffer.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      if (temporary) {
        Files.deleteIfExists(path);
      }
    }
  }
}
