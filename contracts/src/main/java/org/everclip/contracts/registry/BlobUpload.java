package org.everclip.contracts.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Sends a file in pieces and goes on where the registry says that it is, after cuts and restarts of
 * either side. Thread-safe.
 */
final class BlobUpload {

  private static final int PIECE_BYTES = 8 << 20;
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final HttpExchange http;
  private final Supplier<String> token;

  BlobUpload(HttpExchange http, Supplier<String> token) {
    this.http = http;
    this.token = token;
  }

  /** Sends what is missing. */
  void send(String sha256, Path file) {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      long length = in.size();
      long offset = -1;
      for (int attempt = 1; ; attempt++) {
        try {
          JsonNode state =
              offset < 0 ? state(sha256) : append(sha256, offset, length, piece(in, offset));
          long now = state.path("offset").asLong();
          if (state.path("complete").asBoolean()) {
            return;
          }
          attempt = now > offset ? 0 : attempt;
          offset = now;
        } catch (Again e) {
          offset = -1;
          if (attempt >= HttpExchange.ATTEMPTS) {
            throw new RegistryException("upload of " + file + " stays cut", e);
          }
          HttpExchange.pause(attempt);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** The offset has to be asked for again. */
  private static final class Again extends Exception {
    private static final long serialVersionUID = 1;

    Again(String message) {
      super(message);
    }
  }

  private static byte[] piece(FileChannel in, long offset) throws IOException {
    var bytes = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, in.size() - offset));
    while (bytes.hasRemaining() && in.read(bytes, offset + bytes.position()) >= 0) {
      continue;
    }
    return bytes.array();
  }

  private JsonNode state(String sha256) throws Again {
    HttpResponse<String> answer =
        http.send(http.request(path(sha256)).GET().build(), BodyHandlers.ofString());
    return read(answer);
  }

  private JsonNode append(String sha256, long offset, long length, byte[] piece) throws Again {
    HttpRequest request =
        http.request(path(sha256))
            .timeout(LIMIT)
            .header("Authorization", "Bearer " + token.get())
            .header("Content-Type", "application/octet-stream")
            .header("Upload-Offset", Long.toString(offset))
            .header("Upload-Length", Long.toString(length))
            .method("PATCH", BodyPublishers.ofByteArray(piece))
            .build();
    try {
      return read(http.sendOnce(request, BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new Again(e.toString());
    }
  }

  private static JsonNode read(HttpResponse<String> answer) throws Again {
    int status = answer.statusCode();
    if (status == 409 || status == 429 || status >= 500) {
      throw new Again("the registry answers " + status + ": " + answer.body());
    }
    return CanonicalJson.tree(RegistryClient.ok(answer));
  }

  private static String path(String sha256) {
    return "api/v1/uploads/" + sha256;
  }
}
