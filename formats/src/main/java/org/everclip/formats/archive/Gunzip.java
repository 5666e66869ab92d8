package org.everclip.formats.archive;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Takes a gzip wrapping off, as long as what comes out is no bomb. */
public final class Gunzip {
  private static final int FIRST = 0x1f;
  private static final int SECOND = 0x8b;
  private static final int BLOCK = 1 << 16;
  private static final long ALWAYS_ALLOWED = 64L << 20;
  private static final long LARGEST_RATIO = 100;

  private Gunzip() {}

  public static boolean isGzip(ByteSource source) throws IOException {
    if (source.size() < 2) {
      return false;
    }
    var start = source.slice(0, 2);
    return (start.get(0) & 0xff) == FIRST && (start.get(1) & 0xff) == SECOND;
  }

  /** Returns the content of a gzip file as a temporary file, gone when the source is closed. */
  public static ByteSource open(Path gzip) throws IOException {
    long limit = Math.max(ALWAYS_ALLOWED, LARGEST_RATIO * Files.size(gzip));
    Path unpacked = Files.createTempFile("unpacked", ".bin");
    boolean done = false;
    try {
      try (InputStream file = new BufferedInputStream(Files.newInputStream(gzip));
          OutputStream to = Files.newOutputStream(unpacked)) {
        copy(file, to, limit);
      }
      ByteSource source = FileSource.open(unpacked, true);
      done = true;
      return source;
    } finally {
      if (!done) {
        Files.deleteIfExists(unpacked);
      }
    }
  }

  /**
   * Returns the content of gzip bytes.
   *
   * @throws ArchiveException when it is broken or has more than {@code limit} bytes
   */
  public static byte[] bytes(byte[] gzip, int limit) throws IOException {
    var to = new java.io.ByteArrayOutputStream(Math.min(limit, Math.max(32, 2 * gzip.length)));
    copy(new ByteArrayInputStream(gzip), to, limit);
    return to.toByteArray();
  }

  private static void copy(InputStream from, OutputStream to, long limit) throws IOException {
    byte[] block = new byte[BLOCK];
    long done = 0;
    try (GZIPInputStream in = new GZIPInputStream(from, BLOCK)) {
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        done += n;
        if (done > limit) {
          throw new ArchiveException(
              "its gzip wrapping unpacks to more than " + limit + " bytes, the most allowed");
        }
        to.write(block, 0, n);
      }
    } catch (EOFException cut) {
      throw new ArchiveException("its gzip wrapping is cut off", cut);
    } catch (ZipException broken) {
      throw new ArchiveException("its gzip wrapping is damaged: " + broken.getMessage(), broken);
    }
  }
}
