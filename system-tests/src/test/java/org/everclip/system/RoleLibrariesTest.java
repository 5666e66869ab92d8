package org.everclip.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The class paths that the roles really run with, as the build has put them together: rocksdbjni
 * and Flink's frocksdbjni never meet, and the Kafka client stays on the line that the Flink sink
 * needs.
 */
class RoleLibrariesTest {

  private static final Path LIBRARIES =
      Path.of(System.getProperty("everclip.project"), "target/lib");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ingest",
        "reinforce-stream",
        "trainer",
        "model-registry",
        "evaluation",
        "eval-dashboard",
        "platform",
        "cli"
      })
  void aRoleHasAtMostOneRocksDbAndTheRightKafkaClient(String module) throws IOException {
    List<Path> jars = jars(module);

    assertThat(jars).as("jars of %s", module).isNotEmpty();
    assertThat(holding(jars, "org/rocksdb/RocksDB.class")).hasSizeLessThanOrEqualTo(1);
    assertThat(named(jars, "kafka-clients-"))
        .hasSize(1)
        .allMatch(n -> n.startsWith("kafka-clients-4.2."));
    assertThat(holding(jars, "org/slf4j/spi/SLF4JServiceProvider.class"))
        .hasSizeLessThanOrEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ingest", "trainer"})
  void theGateAndTheReplayStoreUseTheReleasedRocksDb(String module) throws IOException {
    assertThat(holding(jars(module), "org/rocksdb/RocksDB.class"))
        .singleElement()
        .satisfies(jar -> assertThat(jar).startsWith("rocksdbjni-"));
  }

  @ParameterizedTest
  @ValueSource(strings = "reinforce-stream")
  void theFlinkJobUsesFlinksRocksDb(String module) throws IOException {
    assertThat(holding(jars(module), "org/rocksdb/RocksDB.class"))
        .singleElement()
        .satisfies(jar -> assertThat(jar).startsWith("frocksdbjni-"));
  }

  private static List<Path> jars(String module) throws IOException {
    try (Stream<Path> files = Files.list(LIBRARIES.resolve(module))) {
      return files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
  }

  private static List<String> named(List<Path> jars, String prefix) {
    return jars.stream()
        .map(jar -> jar.getFileName().toString())
        .filter(name -> name.startsWith(prefix))
        .toList();
  }

  private static List<String> holding(List<Path> jars, String entry) throws IOException {
    var holders = new ArrayList<String>();
    for (Path jar : jars) {
      try (var file = new JarFile(jar.toFile())) {
        if (file.getEntry(entry) != null) {
          holders.add(jar.getFileName().toString());
        }
      }
    }
    return holders;
  }
}
