package org.everclip.formats.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Bytes at any position of a file or an array. Thread-safe; slices outlive {@link #close}. */
public sealed interface ByteSource extends Closeable permits FileSource, ArraySource {
  /** Opens a file; files larger than 2 GiB are welcome. */
  static ByteSource file(Path path) throws IOException {
    return FileSource.open(path, false);
  }

  /** The array is not copied. */
  static ByteSource of(byte[] bytes) {
    return new ArraySource(bytes);
  }

  long size();

  /**
   * Returns read-only bytes, little-endian, position 0.
   *
   * @throws ArchiveException when they do not all exist
   */
  ByteBuffer slice(long at, int length) throws IOException;

  /** Checks that the bytes exist. */
  static void check(long at, long length, long size) throws ArchiveException {
    if (at < 0 || length < 0 || at > size - length) {
      throw new ArchiveException(
          "it is cut off or lies: expected " + length + " bytes at " + at + ", it has " + size);
    }
  }

  @Override
  void close() throws IOException;
}
