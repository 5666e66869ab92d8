package org.everclip.dashboard.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.BlobServer;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.Seed;
import org.everclip.service.ConfigLoader;

/** A server over a read model that was filled by hand, asked over HTTP. */
record Api(EverclipConfig config, ReadModel model, BlobServer registry, DashboardServer server)
    implements AutoCloseable {

  static final int VERSIONS = 5;

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final JsonMapper JSON = new JsonMapper();

  static Api start(Path home) throws Exception {
    var blobs = new BlobServer.Blobs();
    var registry = new BlobServer(blobs);
    EverclipConfig config =
        new ConfigLoader(Map.of("EVERCLIP_PROGRAM", System.getProperty("everclip.project")))
            .load(home, null, List.of("registry.url=" + registry.url()));
    ReadModel model = Seed.model(Instant.now(), VERSIONS, blobs);
    return over(config, model, registry);
  }

  private static Api over(EverclipConfig config, ReadModel model, BlobServer registry) {
    return new Api(
        config, model, registry, DashboardServer.start(config, model, 0, Clock.systemUTC()));
  }

  /** The same over another model. */
  Api over(ReadModel other) {
    return over(config, other, registry);
  }

  JsonNode get(String path) throws Exception {
    var response = bytes("/api/v1/" + path);
    assertThat(response.statusCode()).as(path).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  JsonNode problem(String path, int status) throws Exception {
    var response = bytes(path);
    assertThat(response.statusCode()).as(path).isEqualTo(status);
    return JSON.readTree(response.body());
  }

  HttpResponse<byte[]> bytes(String path) throws Exception {
    return CLIENT.send(request(path).build(), BodyHandlers.ofByteArray());
  }

  <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body) throws Exception {
    return CLIENT.send(request, body);
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .header("Accept", path.endsWith("/events") ? "text/event-stream" : "*/*");
  }

  @Override
  public void close() {
    server.close();
    registry.close();
  }
}
