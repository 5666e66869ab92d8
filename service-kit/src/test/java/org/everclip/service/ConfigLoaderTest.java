package org.everclip.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {

  @TempDir Path home;

  @Test
  void everyDefaultBindsAndEveryKeyIsBound() {
    EverclipConfig config = load(Map.of());

    assertThat(config.home()).isEqualTo(home);
    assertThat(config.kafka().bootstrap()).isEqualTo("127.0.0.1:9092");
    assertThat(config.reinforce().checkpointInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.trainer().teacherScales()).isEmpty();
    assertThat(config).hasNoNullFieldsOrProperties();
  }

  @Test
  void assignmentsBeatTheEnvironmentAndTheEnvironmentBeatsTheFile() throws IOException {
    Files.writeString(
        home.resolve("everclip.yaml"),
        """
        trainer:
          batchSize: 1
          seed: 1
          lambda: 0.1
        """);

    EverclipConfig config =
        load(
            Map.of("EVERCLIP_TRAINER_BATCHSIZE", "2", "EVERCLIP_TRAINER_SEED", "2"),
            "trainer.batchSize=3");

    assertThat(config.trainer().batchSize()).isEqualTo(3);
    assertThat(config.trainer().seed()).isEqualTo(2);
    assertThat(config.trainer().lambda()).isEqualTo(0.1);
  }

  @Test
  void passesKafkaPropertiesThroughAsTheyAre() {
    EverclipConfig config = load(Map.of(), "kafka.properties.security.protocol=SASL_SSL");

    assertThat(config.kafka().properties())
        .containsExactly(Map.entry("security.protocol", "SASL_SSL"));
  }

  @Test
  void movesAllPortsByTheirBase() {
    EverclipConfig config = load(Map.of("EVERCLIP_PORTS_BASE", "21000"));

    assertThat(config.dashboard().port()).isEqualTo(21000);
    assertThat(config.registry().url()).isEqualTo("http://127.0.0.1:21003");
    assertThat(config.kafka().bootstrap()).isEqualTo("127.0.0.1:21004");
  }

  @Test
  void anUnknownKeyNamesTheNearestOne() throws IOException {
    assertThatThrownBy(() -> load(Map.of(), "trainer.batchsize=3"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("trainer.batchsize")
        .hasMessageContaining("trainer.batchSize");
    assertThatThrownBy(() -> load(Map.of("EVERCLIP_TRAINER_BACHSIZE", "3")))
        .hasMessageContaining("EVERCLIP_TRAINER_BATCHSIZE");

    Files.writeString(home.resolve("everclip.yaml"), "trainor:\n  seed: 1\n");
    assertThatThrownBy(() -> load(Map.of()))
        .hasMessageContaining("trainor")
        .hasMessageContaining("trainer");
  }

  @Test
  void aValueOfTheWrongTypeIsAnError() {
    assertThatThrownBy(() -> load(Map.of(), "trainer.batchSize=many"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("many");
  }

  private EverclipConfig load(Map<String, String> environment, String... assignments) {
    return new ConfigLoader(environment).load(home, null, List.of(assignments));
  }
}
