package org.everclip.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.everclip.contracts.Topics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {

  @TempDir Path dir;

  @Test
  void keepsTransactionsOverARestartOnAnotherPort() throws Exception {
    byte[] large = new byte[6 << 20];
    Arrays.fill(large, (byte) 7);
    String first;
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir)) {
      first = broker.bootstrap();
      applyTopics(broker);
      Properties properties = client(broker);
      properties.put("transactional.id", "t");
      properties.put("transaction.timeout.ms", Long.toString(Duration.ofDays(7).toMillis()));
      properties.put("max.request.size", Integer.toString(Topics.MAX_REQUEST_BYTES));
      try (var producer =
          new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(Topics.REINFORCED.name(), 0, null, new byte[] {1}));
        producer.abortTransaction();
        producer.beginTransaction();
        byte[] legal = Arrays.copyOf(large, large.length - 1000);
        producer.send(new ProducerRecord<>(Topics.REINFORCED.name(), 0, null, legal)).get();
        producer.commitTransaction();
      }
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir)) {
      assertThat(broker.bootstrap()).isNotEqualTo(first);
      Properties properties = client(broker);
      properties.put("isolation.level", "read_committed");
      try (var consumer =
          new KafkaConsumer<>(
              properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        var partition = new TopicPartition(Topics.REINFORCED.name(), 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        var sizes = new ArrayList<Integer>();
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        while (consumer.position(partition) < end) {
          consumer.poll(Duration.ofSeconds(5)).forEach(record -> sizes.add(record.value().length));
        }
        assertThat(sizes).as("the aborted record is not seen").containsExactly(large.length - 1000);
      }
    }
  }

  @Test
  void topicsAreCreatedOnceAndDifferencesAreSaid() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir);
        Admin admin = Admin.create(client(broker))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(Topics.RAW.name(), 3, (short) 1)
                      .configs(Map.of("retention.ms", "1000"))))
          .all()
          .get();
      List<TopicsApply.Difference> first = TopicsApply.apply(admin, 8, (short) 1, false);
      assertThat(first.stream().filter(d -> d.what().equals("topic")))
          .hasSize(Topics.ALL.size() - 1);
      assertThat(first)
          .contains(
              new TopicsApply.Difference("pairs.raw", "partitions", "8", "3", false),
              new TopicsApply.Difference("pairs.raw", "retention.ms", "-1", "1000", true));
      assertThat(TopicsApply.apply(admin, 8, (short) 1, false))
          .containsExactly(new TopicsApply.Difference("pairs.raw", "partitions", "8", "3", false));
    }
  }

  @Test
  void aTakenPortIsNamed() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      assertThatThrownBy(() -> EmbeddedBroker.start(dir, taken.getLocalPort(), 0))
          .hasMessageContaining("port " + taken.getLocalPort())
          .hasMessageContaining("EVERCLIP_PORTS_BASE");
    }
  }

  private static void applyTopics(EmbeddedBroker broker) throws InterruptedException {
    try (Admin admin = Admin.create(client(broker))) {
      TopicsApply.apply(admin, 2, (short) 1, false);
    }
  }

  private static Properties client(EmbeddedBroker broker) {
    var properties = new Properties();
    properties.put("bootstrap.servers", broker.bootstrap());
    return properties;
  }
}
