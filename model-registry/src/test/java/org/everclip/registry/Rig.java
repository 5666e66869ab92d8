package org.everclip.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.ManifestDraft;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.formats.weights.SafetensorsWriter;
import org.everclip.formats.weights.Tensor;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.service.ConfigLoader;

/** A broker, a schema registry and a model registry that tests can stop and start again. */
final class Rig implements AutoCloseable {

  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final EmbeddedBroker broker;
  private final SchemaRegistryServer schemas;
  private final HttpClient http = HttpClient.newHttpClient();
  private final EverclipConfig config;
  private RegistryServer server;

  Rig(Path home) throws Exception {
    broker = EmbeddedBroker.start(home.resolve("kafka"));
    schemas = SchemaRegistryServer.start(0, broker.bootstrap());
    config =
        new ConfigLoader(Map.of())
            .load(
                home,
                null,
                List.of(
                    "kafka.bootstrap=" + broker.bootstrap(),
                    "schemaRegistry.url=" + schemas.url(),
                    "registry.port=0"));
    try (Admin admin = Admin.create(Clients.common(config))) {
      admin
          .createTopics(
              List.of(
                  Topics.VERSIONS.create(1, (short) 1), Topics.EVALUATIONS.create(1, (short) 1)))
          .all()
          .get();
    }
    server = startServer();
  }

  private RegistryServer startServer() throws Exception {
    RegistryServer started = RegistryServer.start(config, meters);
    assertThat(started.awaitReady(Duration.ofSeconds(40))).isTrue();
    return started;
  }

  void restart() throws Exception {
    server.close();
    server = startServer();
  }

  EverclipConfig config() {
    return config;
  }

  RegistryServer server() {
    return server;
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  String token() throws IOException {
    return Files.readString(config.home().resolve("registry-token"));
  }

  RegistryClient client() throws IOException {
    return new RegistryClient(base(), token());
  }

  HttpResponse<String> send(String method, String path, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    return send("GET", path, "", headers);
  }

  /** A publishable directory whose weights depend on the seed. */
  static Path model(Path directory, float seed) throws IOException {
    Files.createDirectories(directory.resolve("sub/deep"));
    SafetensorsWriter.write(
        directory.resolve("model.safetensors"),
        List.of(new Tensor("w", new long[] {2}, new float[] {seed, -seed})),
        Map.of());
    Files.writeString(directory.resolve("config.json"), "{\"model_cfg\":{}}");
    Files.writeString(directory.resolve("sub/deep/b c.txt"), "b");
    Files.writeString(directory.resolve("empty.txt"), "");
    return directory;
  }

  static ManifestDraft draft(Integer parent) {
    return new ManifestDraft(
        parent,
        1,
        100,
        Map.of("pairs.reinforced/0", 7L),
        "abc",
        List.of("Apache-2.0"),
        Map.of("architecture", "nano", "note", "a|b <script>"));
  }

  @Override
  public void close() throws Exception {
    server.close();
    schemas.close();
    broker.close();
  }
}
