package org.everclip.system;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.ManifestDraft;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.registry.RegistryServer;
import org.everclip.service.ConfigLoader;

/** A broker, a schema registry and a model registry in this process, on ports of their own. */
final class RegistryRig implements AutoCloseable {

  private final EmbeddedBroker broker;
  private final SchemaRegistryServer schemas;
  private final RegistryServer server;
  private final EverclipConfig config;

  RegistryRig(Path home, String... settings) throws Exception {
    broker = EmbeddedBroker.start(home.resolve("kafka"));
    schemas = SchemaRegistryServer.start(0, broker.bootstrap());
    var all =
        new ArrayList<>(
            List.of(
                "kafka.bootstrap=" + broker.bootstrap(),
                "schemaRegistry.url=" + schemas.url(),
                "registry.port=0"));
    all.addAll(List.of(settings));
    config = new ConfigLoader(Map.of()).load(home, null, all);
    try (Admin admin = Admin.create(Clients.common(config))) {
      admin
          .createTopics(
              List.of(
                  Topics.VERSIONS.create(1, (short) 1), Topics.EVALUATIONS.create(1, (short) 1)))
          .all()
          .get();
    }
    server = RegistryServer.start(config, new SimpleMeterRegistry());
    if (!server.awaitReady(Duration.ofSeconds(60))) {
      throw new IllegalStateException("the registry does not become ready");
    }
  }

  EverclipConfig config() {
    return config;
  }

  int port() {
    return server.port();
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  RegistryClient client() throws IOException {
    return new RegistryClient(base(), token());
  }

  String token() throws IOException {
    return Files.readString(config.home().resolve("registry-token")).strip();
  }

  static ManifestDraft draft() {
    return new ManifestDraft(
        null, 1, 100, Map.of("pairs.reinforced/0", 7L), "proof", List.of("Apache-2.0"), Map.of());
  }

  @Override
  public void close() throws Exception {
    server.close();
    schemas.close();
    broker.close();
  }
}
