package org.everclip.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.service.Health;
import org.everclip.service.StopSignal;
import org.everclip.trainer.replay.ReplayStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class StreamReaderTest {

  @TempDir Path home;
  private final SchemaRegistryClient schemas = new MockSchemaRegistryClient();
  private final RecordCodec<ReinforcedPair> codec = RecordCodec.of(Topics.REINFORCED, schemas);

  @Test
  void readsCommittedRecordsOnceOverRestarts() throws Exception {
    try (var broker = EmbeddedBroker.start(home.resolve("broker"))) {
      var config = Settings.of(home, "kafka.bootstrap=" + broker.bootstrap());
      createTopics(config);
      try (var producer = transactional(config)) {
        producer.beginTransaction();
        for (int i = 0; i < 20; i++) {
          send(producer, Pairs.id(i), codec.encode(Pairs.pair(i)));
        }
        send(
            producer,
            Pairs.id(20),
            codec.encode(Pairs.pair(20, 1, "2024", Split.HOLDOUT, Pairs.VERSION)));
        send(producer, Pairs.id(21), new byte[] {1, 2, 3});
        producer.commitTransaction();
        producer.beginTransaction();
        send(producer, Pairs.id(30), codec.encode(Pairs.pair(30)));
        producer.abortTransaction();
        readUntil(config, 20);

        producer.beginTransaction();
        send(producer, Pairs.id(0), null);
        send(producer, Pairs.id(22), codec.encode(Pairs.pair(22)));
        send(producer, Pairs.id(23), codec.encode(Pairs.pair(23)));
        producer.commitTransaction();
        readUntil(config, 21);
      }

      try (var store = ReplayStore.open(home.resolve("store"), 1, 100)) {
        assertThat(store.pair(Pairs.id(0))).isEmpty();
        assertThat(store.pair(Pairs.id(30))).isEmpty();
        assertThat(store.pair(Pairs.id(23))).contains(Pairs.pair(23));
        assertThat(store.holdoutSeen()).isEqualTo(1);
      }
      assertThat(rejected(config).getReason()).isEqualTo(RejectionReason.UNDECODABLE_RECORD);
    }
  }

  /** One life of the reader: from its store's offsets until so many pairs are there. */
  private void readUntil(EverclipConfig config, int pairs) throws InterruptedException {
    var stop = new StopSignal();
    try (var store = ReplayStore.open(home.resolve("store"), 1, 100);
        var producer =
            new KafkaProducer<>(
                Clients.producer(config), new StringSerializer(), new ByteArraySerializer())) {
      var reader =
          new StreamReader(
              new KafkaConsumer<>(
                  Clients.consumer(config), new StringDeserializer(), new ByteArrayDeserializer()),
              codec,
              store,
              1000,
              new Refusals(producer, RecordCodec.of(Topics.REJECTED, schemas), Clock.systemUTC()),
              new Health(),
              stop);
      var thread = new Thread(reader);
      thread.start();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> Map.of(Pairs.VERSION, pairs).equals(store.pendingCounts()));
      stop.request();
      thread.join();
    }
  }

  private RejectedPair rejected(EverclipConfig config) {
    try (var consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new StringDeserializer(), new ByteArrayDeserializer())) {
      var partition = new TopicPartition(Topics.REJECTED.name(), 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      var records = consumer.poll(Duration.ofSeconds(20)).records(partition);
      assertThat(records).hasSize(1);
      RejectedPair rejected =
          RecordCodec.<RejectedPair>of(Topics.REJECTED, schemas).decode(records.get(0).value());
      assertThat(rejected).isNotNull();
      return rejected;
    }
  }

  private static void createTopics(EverclipConfig config) throws Exception {
    try (var admin = Admin.create(Clients.common(config))) {
      admin
          .createTopics(
              List.of(Topics.REINFORCED.create(2, (short) 1), Topics.REJECTED.create(1, (short) 1)))
          .all()
          .get();
    }
  }

  private static KafkaProducer<String, byte[]> transactional(EverclipConfig config) {
    var properties = Clients.producer(config);
    properties.put("transactional.id", "test");
    var producer =
        new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }

  private static void send(KafkaProducer<String, byte[]> producer, String key, byte[] value) {
    producer.send(new ProducerRecord<>(Topics.REINFORCED.name(), key, value));
  }
}
