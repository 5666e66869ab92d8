package org.everclip.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * docker-compose.yml without containers: each of our services runs as a process with exactly the
 * command and environment that the file gives it, the embedded broker and schema registry stand in
 * for the two foreign images, volumes are folders. Every service must become ready by the port that
 * its health check asks.
 */
class ComposeTest {

  private static final Path PROGRAM = Path.of(System.getProperty("everclip.project"));
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final String IMAGE = "everclip/";

  /** The ports that the file names; a machine that uses one of them cannot run this test. */
  private static final List<Integer> PORTS =
      List.of(
          8080, 8081, 8082, 8090, 9092, 9093, 18090, 18091, 18092, 18093, 18094, 18095, 18096,
          18097, 8083);

  /** The options of the images' entry point, as the parent POM sets it. */
  private static final List<String> ENTRYPOINT =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:+ExitOnOutOfMemoryError",
          "-Djava.awt.headless=true",
          "-Dai.djl.offline=true",
          "-Dai.djl.pytorch.num_threads=1",
          "-Dai.djl.pytorch.graph_optimizer=false",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED");

  @TempDir Path folder;

  private final List<Process> processes = new ArrayList<>();

  @Test
  void everyServiceBecomesReadyWithItsExactCommandAndEnvironment() throws Exception {
    Assumptions.assumeTrue(free(), "skipped: a port that docker-compose.yml names is in use");
    JsonNode services = services();
    try {
      start(
          "platform",
          List.of("org.everclip.platform.BrokerMain"),
          Map.of("EVERCLIP_HEALTH_PORT", "18080"),
          "kafka");
      await().atMost(PATIENCE).until(() -> ready(18080));
      start(
          "platform",
          List.of("org.everclip.platform.SchemaRegistryMain"),
          Map.of("EVERCLIP_HEALTH_PORT", "18081"),
          "schema-registry");
      await().atMost(PATIENCE).until(() -> ready(18081));
      Process topics = start(services.path("topics"), "topics");
      assertThat(topics.waitFor()).as(log("topics")).isZero();
      var waiting = new LinkedHashMap<String, Integer>();
      services
          .properties()
          .forEach(
              entry -> {
                JsonNode health = environment(entry.getValue()).path("EVERCLIP_HEALTH_PORT");
                if (ours(entry.getValue()) && !health.isMissingNode()) {
                  start(entry.getValue(), entry.getKey());
                  waiting.put(entry.getKey(), health.asInt());
                }
              });
      assertThat(waiting)
          .containsOnlyKeys(
              "registry",
              "gate",
              "fetch",
              "receive",
              "reinforce",
              "trainer",
              "evaluator",
              "dashboard");
      waiting.forEach(
          (name, port) ->
              await()
                  .atMost(PATIENCE)
                  .untilAsserted(() -> assertThat(ready(port)).as(log(name)).isTrue()));
    } finally {
      for (int i = processes.size() - 1; i >= 0; i--) {
        processes.get(i).destroy();
        processes.get(i).waitFor();
      }
    }
  }

  /** Read by SnakeYAML, which follows anchors and merges, as Compose does. */
  private static JsonNode services() throws IOException {
    try (Reader reader = Files.newBufferedReader(PROGRAM.resolve("docker-compose.yml"))) {
      Object file = new Yaml(new SafeConstructor(new LoaderOptions())).load(reader);
      return JsonMapper.builder().build().valueToTree(file).path("services");
    }
  }

  private static boolean ours(JsonNode service) {
    return service.path("image").asText().startsWith(IMAGE);
  }

  private static JsonNode environment(JsonNode service) {
    return service.path("environment");
  }

  private Process start(JsonNode service, String name) {
    var command = new ArrayList<String>();
    service.path("command").forEach(word -> command.add(mounted(word.asText(), name)));
    var environment = new LinkedHashMap<String, String>();
    environment(service).properties().forEach(e -> put(environment, e, name));
    return start(
        service.path("image").asText().substring(IMAGE.length()), command, environment, name);
  }

  private void put(
      Map<String, String> environment, Map.Entry<String, JsonNode> variable, String name) {
    if (variable.getValue().isValueNode()) {
      String value = variable.getValue().asText();
      // Compose takes this one from .env.
      environment.put(
          variable.getKey(), value.startsWith("${") ? "a-token-for-tests" : mounted(value, name));
    }
  }

  /** Where a container's folder is here. */
  private String mounted(String word, String name) {
    return word.replace("/opt/everclip", PROGRAM.toString())
        .replace("/var/lib/everclip", folder.resolve(name).toString())
        .replace("/var/cache/djl", nativeCache().toString());
  }

  /** Shared with other runs: the native libraries are unpacked once. */
  private static Path nativeCache() {
    return Path.of(System.getProperty("user.home"), ".cache", "everclip", "djl");
  }

  private Process start(
      String module, List<String> command, Map<String, String> environment, String name) {
    try {
      Files.createDirectories(folder.resolve(name));
      var words = new ArrayList<String>(List.of("java"));
      words.addAll(ENTRYPOINT);
      words.addAll(List.of("-cp", PROGRAM.resolve("target/lib").resolve(module) + "/*"));
      words.addAll(command);
      if (!command.contains("--home")) {
        words.addAll(List.of("--home", folder.resolve(name).toString()));
      }
      var builder =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve(name + ".log").toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      processes.add(process);
      return process;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private String log(String name) {
    try {
      String text = Files.readString(folder.resolve(name + ".log"));
      return name + ": " + text.substring(Math.max(0, text.length() - 3000));
    } catch (IOException e) {
      return name + " wrote nothing";
    }
  }

  private static boolean ready(int port) {
    try {
      return HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz"))
                      .build(),
                  BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static boolean free() {
    for (int port : PORTS) {
      try (var socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
        assertThat(socket.isBound()).isTrue();
      } catch (IOException e) {
        System.out.println("ComposeTest is skipped: port " + port + " is in use");
        return false;
      }
    }
    return true;
  }
}
