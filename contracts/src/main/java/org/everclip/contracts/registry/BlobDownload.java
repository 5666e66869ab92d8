package org.everclip.contracts.registry;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.everclip.contracts.Sha256;

/**
 * Fetches a file by its digest: written aside as {@code .DIGEST.part}, continued there after a cut
 * (also by the next process), checked, forced to disk and renamed. The target is never half.
 */
final class BlobDownload {

  private static final int BUFFER_BYTES = 1 << 16;

  private final HttpExchange http;

  BlobDownload(HttpExchange http) {
    this.http = http;
  }

  void fetch(FileEntry file, Path target) {
    try {
      Path folder = Objects.requireNonNull(target.toAbsolutePath().getParent());
      Files.createDirectories(folder);
      Path part = folder.resolve("." + file.sha256() + ".part");
      for (int attempt = 1; size(part) < file.size() || !Files.exists(part); attempt++) {
        long before = size(part);
        try {
          append(file, part);
        } catch (IOException e) {
          attempt = size(part) > before ? 1 : attempt;
          if (attempt >= HttpExchange.ATTEMPTS) {
            throw new RegistryException(
                "download of " + file.path() + " stays cut at " + size(part) + " bytes", e);
          }
          HttpExchange.pause(attempt);
        }
      }
      if (Files.size(part) != file.size() || !Sha256.hex(part).equals(file.sha256())) {
        Files.delete(part);
        throw new RegistryException(
            0,
            "bytes of " + file.path() + " are not those of sha256 " + file.sha256() + "; refused");
      }
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(part, target, ATOMIC_MOVE, REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + target, e);
    }
  }

  private void append(FileEntry file, Path part) throws IOException {
    long have = size(part);
    HttpRequest.Builder request = http.request("api/v1/blobs/" + file.sha256());
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    HttpResponse<InputStream> response =
        http.sendOnce(request.GET().build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      int status = response.statusCode();
      if (status >= 500 || status == 429) {
        throw new IOException("the registry answers " + status);
      }
      if (status != 200 && status != 206) {
        throw new RegistryException(status, "no blob " + file.sha256() + " for " + file.path());
      }
      try (FileChannel out =
          FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        out.truncate(status == 206 ? have : 0);
        out.position(out.size());
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
          if (out.size() + n > file.size()) {
            throw new RegistryException(0, "more bytes than the " + file.size() + " expected");
          }
          ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
          while (bytes.hasRemaining()) {
            out.write(bytes);
          }
        }
      }
    }
  }

  private static long size(Path part) throws IOException {
    return Files.exists(part) ? Files.size(part) : 0;
  }
}
