package org.everclip.dashboard.feed;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.everclip.contracts.Sha256;

/** Serves blobs by digest as a registry does, and nothing else. */
public final class BlobServer implements AutoCloseable {

  /** What is served. */
  public static final class Blobs {
    private final Map<String, byte[]> byDigest = new ConcurrentHashMap<>();

    String put(byte[] bytes) {
      String digest = Sha256.hex(bytes);
      byDigest.put(digest, bytes);
      return digest;
    }
  }

  private final HttpServer http;

  public BlobServer(Blobs blobs) throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/api/v1/blobs/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          byte[] bytes = blobs.byDigest.get(path.substring(path.lastIndexOf('/') + 1));
          exchange.sendResponseHeaders(
              bytes == null ? 404 : 200, bytes == null ? -1 : bytes.length);
          try (var body = exchange.getResponseBody()) {
            if (bytes != null) {
              body.write(bytes);
            }
          }
        });
    http.start();
  }

  public String url() {
    return "http://127.0.0.1:" + http.getAddress().getPort();
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
