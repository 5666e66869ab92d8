package org.everclip.registry.api;

import io.javalin.http.Context;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Answers HEAD and GET of a stored file, with ranges, in pieces. Thread-safe. */
public final class FileAnswer {

  private static final int BUFFER_BYTES = 1 << 16;

  private final Counter downloads;
  private final DownloadCounts counts;

  public FileAnswer(MeterRegistry meters, DownloadCounts counts) {
    this.counts = counts;
    this.downloads =
        Counter.builder("everclip.registry.downloads")
            .description("files sent from their first byte on")
            .register(meters);
  }

  /** Sends the file, or the part that the Range header names. */
  public void send(Context ctx, Path file, String contentType) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteRange range = head(ctx, channel.size(), contentType);
      if (range != null) {
        if (range.first() == 0 && range.length() == channel.size()) {
          counts.add(String.valueOf(file.getFileName()));
        }
        channel.position(range.first());
        copy(Channels.newInputStream(channel), ctx.res().getOutputStream(), range.length());
      }
    }
  }

  /** Sends bytes that are not a blob. */
  public void send(Context ctx, byte[] bytes, String contentType) throws IOException {
    ByteRange range = head(ctx, bytes.length, contentType);
    if (range != null) {
      ctx.res().getOutputStream().write(bytes, (int) range.first(), (int) range.length());
    }
  }

  /** Writes status and headers; returns what is to follow, or null when nothing is. */
  private @Nullable ByteRange head(Context ctx, long size, String contentType) {
    boolean get = ctx.req().getMethod().equals("GET");
    ByteRange range = ByteRange.of(get ? ctx.header("Range") : null, size);
    ctx.status(range.status());
    ctx.header("Accept-Ranges", "bytes");
    ctx.header("X-Content-Type-Options", "nosniff");
    ctx.header("Content-Security-Policy", "default-src 'none'; sandbox");
    ctx.contentType(contentType);
    if (range.status() != 200) {
      ctx.header("Content-Range", range.contentRange());
    }
    ctx.res().setContentLengthLong(range.length());
    if (!get || range.status() == 416) {
      return null;
    }
    if (range.first() == 0 && range.length() == size) {
      downloads.increment();
    }
    return range;
  }

  private static void copy(InputStream in, OutputStream out, long length) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long left = length;
    while (left > 0) {
      int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (n < 0) {
        throw new IOException("the blob is shorter than it was");
      }
      out.write(buffer, 0, n);
      left -= n;
    }
  }
}
