package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;

class ClassPathTest {

  @Test
  void thereIsOneRocksDbAndItIsFlinks() throws Exception {
    var places =
        Collections.list(
            ClassPathTest.class.getClassLoader().getResources("org/rocksdb/RocksDB.class"));

    assertThat(places).hasSize(1);
    assertThat(places.get(0).toString()).contains("frocksdbjni");
  }

  @Test
  void theKafkaClientIsOneThatTheSinkWorksWith() {
    assertThat(AppInfoParser.getVersion()).startsWith("4.2.");
  }
}
