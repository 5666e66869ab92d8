package org.everclip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * What of docker-compose.yml can be tried without containers: every role's main class starts from
 * the class path that goes into its image, every setting is known, limits agree, and the health
 * check works against a real role.
 */
class ComposeFileTest {

  private static final String OURS = "everclip/";

  private final Path project = Path.of(System.getProperty("everclip.project"));
  private final Map<String, Map<String, Object>> services = services();

  @TempDir Path dir;

  @TestFactory
  List<DynamicTest> everyServicesMainClassStarts() {
    var tests = new ArrayList<DynamicTest>();
    ours()
        .forEach(
            (name, service) ->
                tests.add(DynamicTest.dynamicTest(name, () -> assertStarts(name, service))));
    assertThat(tests).hasSizeGreaterThanOrEqualTo(7);
    return tests;
  }

  private void assertStarts(String name, Map<String, Object> service)
      throws IOException, InterruptedException {
    String module = service.get("image").toString().substring(OURS.length());
    Path lib = project.resolve("target").resolve("lib").resolve(module);
    assertThat(lib).as("build first: mvn -Pfast package").isDirectory();
    List<String> command = strings(service.get("command"));
    Path log = dir.resolve(name + ".log");
    Process process =
        new ProcessBuilder(
                Program.java().toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                lib.resolve("*").toString(),
                command.get(0),
                "--help")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    assertThat(Files.readString(log)).contains("--home", "--set");
  }

  @Test
  void everySettingIsKnownAndPointsAtTheFilesServices() {
    ours()
        .forEach(
            (name, service) -> {
              EverclipConfig config =
                  new ConfigLoader(environment(service)).load(null, null, List.of());
              Map<String, String> kafka = environment(services.get("kafka"));
              Map<String, String> schemas = environment(services.get("schema-registry"));
              assertThat("PLAINTEXT://" + config.kafka().bootstrap())
                  .as(name)
                  .isEqualTo(kafka.get("KAFKA_ADVERTISED_LISTENERS"));
              assertThat(config.schemaRegistry().url())
                  .as(name)
                  .isEqualTo(schemas.get("SCHEMA_REGISTRY_LISTENERS"));
              assertThat(config.registry().url())
                  .isEqualTo("http://127.0.0.1:" + config.registry().port());
            });
  }

  @Test
  void kafkaCarriesTheLargestRecordAndTheLongestTransaction() {
    Map<String, String> kafka = environment(services.get("kafka"));
    assertThat(Integer.parseInt(kafka.get("KAFKA_MESSAGE_MAX_BYTES")))
        .isEqualTo(Topics.MAX_REQUEST_BYTES);
    EverclipConfig config = new ConfigLoader(Map.of()).load(dir, null, List.of());
    assertThat(Long.parseLong(kafka.get("KAFKA_TRANSACTION_MAX_TIMEOUT_MS")))
        .isGreaterThanOrEqualTo(config.reinforce().transactionTimeout().toMillis());
    assertThat(kafka).containsEntry("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false");
  }

  @Test
  void everyRoleOfThePlatformHasAService() {
    List<String> mains =
        ours().values().stream().map(s -> strings(s.get("command")).get(0)).toList();
    Roles.all(Roles.BROKER_HEAP, Map.of()).stream()
        .filter(role -> role.phase() > 1)
        .forEach(role -> assertThat(mains).contains(role.mainClass()));
  }

  @Test
  void theHealthCheckTellsAReadyRole() throws Exception {
    ours().entrySet().stream()
        .filter(entry -> entry.getValue().containsKey("healthcheck"))
        .forEach(
            entry ->
                assertThat(check(entry.getValue()).get(2))
                    .as(entry.getKey())
                    .contains(
                        "/dev/tcp/127.0.0.1/"
                            + environment(entry.getValue()).get("EVERCLIP_HEALTH_PORT")
                            + " "));
    Map<String, Object> gate = services.get("gate");
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = socket.getLocalPort();
    }
    List<String> check =
        check(gate).stream()
            .map(word -> word.replace(environment(gate).get("EVERCLIP_HEALTH_PORT"), "" + port))
            .toList();
    assertThat(run(check)).as("before the role is there").isNotZero();
    Process role =
        ProcessLauncher.start(
            TinySupervisorMain.java(TinyRole.class.getName(), "--home", dir.toString()),
            Map.of("TINY_NAME", "tiny"),
            port,
            dir,
            dir.resolve("tiny.log"));
    try {
      await().atMost(Duration.ofSeconds(60)).until(() -> run(check) == 0);
    } finally {
      role.destroy();
      role.waitFor();
    }
  }

  private static int run(List<String> command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.to(new File("/dev/null")))
        .start()
        .waitFor();
  }

  /** The health check's words without Docker's CMD. */
  private static List<String> check(Map<String, Object> service) {
    List<String> test = strings(((Map<?, ?>) service.get("healthcheck")).get("test"));
    assertThat(test.get(0)).isEqualTo("CMD");
    return test.subList(1, test.size());
  }

  private Map<String, Map<String, Object>> ours() {
    var ours = new TreeMap<>(services);
    ours.values().removeIf(service -> !service.get("image").toString().startsWith(OURS));
    return ours;
  }

  private static Map<String, String> environment(Map<String, Object> service) {
    var environment = new HashMap<String, String>();
    ((Map<?, ?>) service.get("environment"))
        .forEach((key, value) -> environment.put(key.toString(), value.toString()));
    return environment;
  }

  private static List<String> strings(Object list) {
    return ((List<?>) list).stream().map(Object::toString).toList();
  }

  private Map<String, Map<String, Object>> services() {
    try (Reader reader = Files.newBufferedReader(project.resolve("docker-compose.yml"))) {
      Map<String, Map<String, Map<String, Object>>> file =
          new Yaml(new SafeConstructor(new LoaderOptions())).load(reader);
      return file.get("services");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
