package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.everclip.service.ConfigException;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartLimitsTest {

  @TempDir private Path home;

  @Test
  void theDefaultsWorkTogether() {
    assertThatCode(() -> check("reinforce.parallelism=1")).doesNotThrowAnyException();
  }

  @Test
  void moreSubtasksThanKeyGroupsAreRefused() {
    assertThatThrownBy(() -> check("reinforce.parallelism=129"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("reinforce.parallelism is 129")
        .hasMessageContaining("128 key groups");
  }

  @Test
  void aTransactionThatEndsBeforeItsCheckpointIsRefused() {
    assertThatThrownBy(() -> check("reinforce.transactionTimeout=PT5S"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("reinforce.transactionTimeout is PT5S")
        .hasMessageContaining("reinforce.checkpointInterval is PT1S");
  }

  @Test
  void aTransactionThatKafkaCannotCountIsRefused() {
    assertThatThrownBy(() -> check("reinforce.transactionTimeout=P30D"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("reinforce.transactionTimeout is PT720H");
  }

  private void check(String setting) throws Exception {
    var config = new ConfigLoader(Map.of()).load(home, null, List.of(setting));
    StartLimits.alone(
        ReinforceSettings.of(config),
        Duration.ofSeconds(1),
        config.reinforce().transactionTimeout());
  }
}
