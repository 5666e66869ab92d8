package org.everclip.reinforce;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.config.EverclipConfig;

/** An independent client of the topics: writes accepted pairs, reads what is committed. */
final class TestTopics implements AutoCloseable {

  private static final int PARTITIONS = 2;

  private final EverclipConfig config;
  private final KafkaProducer<byte[], byte[]> producer;
  private final RecordCodec<AcceptedPair> accepted;
  private final RecordCodec<ReinforcedPair> reinforced;
  private final RecordCodec<RejectedPair> rejected;

  /** A reinforced record or a tombstone. */
  record Read(String key, long timestamp, @org.jspecify.annotations.Nullable ReinforcedPair pair) {
    String id() {
      return pair == null
          ? key + " deleted"
          : key + " " + pair.getPair().getRevision() + " " + pair.getReinforcementVersion();
    }
  }

  TestTopics(EverclipConfig config) {
    this.config = config;
    var registry = Clients.schemaRegistry(config);
    accepted = RecordCodec.of(Topics.ACCEPTED, registry);
    reinforced = RecordCodec.of(Topics.REINFORCED, registry);
    rejected = RecordCodec.of(Topics.REJECTED, registry);
    producer =
        new KafkaProducer<>(
            Clients.producer(config), new ByteArraySerializer(), new ByteArraySerializer());
  }

  void create() throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(Clients.common(config))) {
      admin
          .createTopics(Topics.ALL.stream().map(t -> t.create(PARTITIONS, (short) 1)).toList())
          .all()
          .get();
    }
  }

  void accept(AcceptedPair pair) {
    send(pair.getPairId(), accepted.encode(pair));
  }

  void send(String key, byte @org.jspecify.annotations.Nullable [] value) {
    var unused =
        producer.send(
            new ProducerRecord<>(
                Topics.ACCEPTED.name(), null, 1_700_000_000_000L, key.getBytes(UTF_8), value));
    producer.flush();
  }

  /** All committed records of pairs.reinforced up to now, in partition order. */
  List<Read> reinforced() {
    return read(Topics.REINFORCED.name()).stream()
        .map(r -> new Read(r.key(), r.timestamp(), reinforced.decode(r.value())))
        .toList();
  }

  List<RejectedPair> rejected() {
    return read(Topics.REJECTED.name()).stream().map(r -> rejected.decode(r.value())).toList();
  }

  /** Offsets that a committed reader cannot get past: records of open transactions. */
  long openRecords(String topic) {
    return ends(topic, "read_uncommitted") - ends(topic, "read_committed");
  }

  private long ends(String topic, String isolation) {
    try (var consumer = consumer(isolation)) {
      return consumer.endOffsets(partitions(topic)).values().stream()
          .mapToLong(Long::longValue)
          .sum();
    }
  }

  private List<ConsumerRecord<String, byte[]>> read(String topic) {
    var records = new ArrayList<ConsumerRecord<String, byte[]>>();
    try (var consumer = consumer("read_committed")) {
      List<TopicPartition> partitions = partitions(topic);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  private KafkaConsumer<String, byte[]> consumer(String isolation) {
    Properties properties = Clients.consumer(config);
    properties.put("isolation.level", isolation);
    return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
  }

  private static List<TopicPartition> partitions(String topic) {
    return java.util.stream.IntStream.range(0, PARTITIONS)
        .mapToObj(i -> new TopicPartition(topic, i))
        .collect(Collectors.toList());
  }

  @Override
  public void close() {
    producer.close();
  }
}
