package org.everclip.platform;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The compacted topic {@code _schemas}: one producer, and one reader that feeds a {@link
 * SchemaView}. A write returns only when the reader has taken it in, so that an answer never
 * promises what a restart would not find. Thread-safe.
 */
final class SchemasTopic implements AutoCloseable {

  static final String NAME = "_schemas";

  private static final long RETRY_MILLIS = 50;
  private static final Logger log = LoggerFactory.getLogger(SchemasTopic.class);
  private static final TopicPartition PARTITION = new TopicPartition(NAME, 0);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final SchemaView view;
  private final KafkaProducer<String, String> producer;
  private final KafkaConsumer<String, String> consumer;
  private final Thread reader;
  private long position;
  private @Nullable RuntimeException failure;

  SchemasTopic(Properties client, short replication, SchemaView view) throws InterruptedException {
    this.view = view;
    long end = prepare(client, replication);
    var producing = new Properties();
    producing.putAll(client);
    producing.putAll(Map.of("acks", "all", "enable.idempotence", "true", "linger.ms", "0"));
    producing.put("buffer.memory", Integer.toString(4 << 20));
    producing.put("delivery.timeout.ms", Long.toString(PATIENCE.toMillis()));
    producing.put("request.timeout.ms", "10000");
    var consuming = new Properties();
    consuming.putAll(client);
    consuming.putAll(Map.of("enable.auto.commit", "false", "auto.offset.reset", "earliest"));
    consuming.put("fetch.max.bytes", Integer.toString(4 << 20));
    this.producer = new KafkaProducer<>(producing, new StringSerializer(), new StringSerializer());
    this.consumer =
        new KafkaConsumer<>(consuming, new StringDeserializer(), new StringDeserializer());
    this.reader = new Thread(this::read, "schemas-reader");
    reader.setDaemon(true);
    reader.start();
    awaitPosition(end);
  }

  /** A broker may not know at once of a topic that was just made. */
  private static long end(Admin admin) throws ExecutionException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return admin
            .listOffsets(Map.of(PARTITION, OffsetSpec.latest()))
            .partitionResult(PARTITION)
            .get()
            .offset();
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof RetriableException) || System.nanoTime() > deadline) {
          throw e;
        }
        Thread.sleep(RETRY_MILLIS);
      }
    }
  }

  private static long prepare(Properties client, short replication) throws InterruptedException {
    try (Admin admin = Admin.create(client)) {
      var topic = new NewTopic(NAME, 1, replication).configs(Map.of("cleanup.policy", "compact"));
      try {
        admin.createTopics(List.of(topic)).all().get();
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
        requireCompaction(admin);
      }
      return end(admin);
    } catch (ExecutionException e) {
      throw new IllegalStateException("Kafka does not give topic " + NAME, e.getCause());
    }
  }

  private static void requireCompaction(Admin admin)
      throws InterruptedException, ExecutionException {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, NAME);
    for (Config config : admin.describeConfigs(List.of(resource)).all().get().values()) {
      ConfigEntry policy = config.get("cleanup.policy");
      if (policy != null && !policy.value().equals("compact")) {
        throw new IllegalStateException(
            "topic "
                + NAME
                + " has cleanup.policy="
                + policy.value()
                + ", which would lose schemas; set it to compact");
      }
    }
  }

  /**
   * Writes one record and waits until it can be read.
   *
   * @throws RestError 50001 or 50002 when the broker does not take it
   */
  void write(String key, @Nullable String value) {
    try {
      long offset =
          producer
              .send(new ProducerRecord<>(NAME, 0, key, value))
              .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
              .offset();
      awaitPosition(offset + 1);
    } catch (ExecutionException e) {
      throw new RestError(500, 50001, "Error in the backend data store: " + e.getCause());
    } catch (java.util.concurrent.TimeoutException e) {
      throw new RestError(500, 50002, "Operation timed out");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RestError(500, 50002, "Operation interrupted");
    }
  }

  /** What ended the reader, if it has ended. */
  synchronized @Nullable RuntimeException failure() {
    return failure;
  }

  private synchronized void awaitPosition(long wanted) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (position < wanted) {
      if (failure != null) {
        throw new RestError(500, 50001, "Error in the backend data store: " + failure);
      }
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new RestError(500, 50002, "Operation timed out");
      }
      wait(left);
    }
  }

  private void read() {
    try (consumer) {
      consumer.assign(List.of(PARTITION));
      consumer.seekToBeginning(List.of(PARTITION));
      while (true) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
          take(record);
        }
        // Compaction and aborted batches leave gaps, so the position counts, not the last record.
        moveTo(consumer.position(PARTITION));
      }
    } catch (WakeupException e) {
      log.debug("reader closed");
    } catch (KafkaException e) {
      fail(e);
    }
  }

  private void take(ConsumerRecord<String, String> record) {
    try {
      view.apply(record.key(), record.value());
    } catch (JsonProcessingException | RestError e) {
      log.warn("{} at {} is not a record of a schema registry", NAME, record.offset(), e);
    }
  }

  private synchronized void moveTo(long next) {
    if (next > position) {
      position = next;
      notifyAll();
    }
  }

  private synchronized void fail(RuntimeException e) {
    failure = e;
    notifyAll();
  }

  @Override
  public void close() {
    consumer.wakeup();
    producer.close(Duration.ofSeconds(5));
    try {
      reader.join(Duration.ofSeconds(5).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
