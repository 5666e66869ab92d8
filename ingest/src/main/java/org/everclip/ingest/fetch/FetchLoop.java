package org.everclip.ingest.fetch;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.fetch.UrlPairs.UrlPair;
import org.everclip.service.StopSignal;

/**
 * Reads {@code pairs.raw}, has the pairs with addresses fetched, and writes each outcome (the raw
 * record with its picture, or a refusal) together with its own position in one transaction: killed
 * at any moment, it goes on from the last transaction, and readers of committed records see each
 * outcome once. For one thread; any failure ends the loop, which can be begun anew.
 */
final class FetchLoop implements ConsumerRebalanceListener {

  static final String GROUP = "everclip-fetch";

  private static final Duration POLL = Duration.ofMillis(50);
  private static final int POLL_RECORDS = 100;
  private static final int PAIRS_A_TRANSACTION = 100;

  /** How long a fetcher that died amid a transaction and stays away holds up the gate. */
  private static final int TRANSACTION_MILLIS = 10_000;

  private static final long QUIET_COMMIT_NANOS = 2_000_000_000L;

  private final EverclipConfig config;
  private final UrlPairs pairs;
  private final FetchTasks tasks;
  private final Set<RawPosition> decided;
  private final String instance;
  private final Window window = new Window();
  private boolean paused;
  private long committed = System.nanoTime();

  /**
   * Prepares.
   *
   * @param decided positions that the gate refused before it left such pairs to the fetcher
   * @param instance names this process over restarts
   */
  FetchLoop(
      EverclipConfig config,
      UrlPairs pairs,
      FetchTasks tasks,
      Set<RawPosition> decided,
      String instance) {
    this.config = config;
    this.pairs = pairs;
    this.tasks = tasks;
    this.decided = decided;
    this.instance = instance;
  }

  /** The settings of its consumer, also to ask how far the group has come. */
  static Properties consumer(EverclipConfig config) {
    Properties properties = Clients.consumer(config);
    properties.put("group.id", GROUP);
    properties.put("max.poll.records", Integer.toString(POLL_RECORDS));
    return properties;
  }

  /** Runs until a stop is requested. */
  void run(StopSignal stop, Runnable ready) throws IOException {
    Properties in = consumer(config);
    in.put("group.instance.id", instance);
    Properties out = Clients.producer(config);
    out.put("transactional.id", GROUP + "-" + instance);
    out.put("transaction.timeout.ms", Integer.toString(TRANSACTION_MILLIS));
    out.put("delivery.timeout.ms", Integer.toString(TRANSACTION_MILLIS));
    out.put("request.timeout.ms", Integer.toString(TRANSACTION_MILLIS / 2));
    try (var producer =
            new KafkaProducer<>(out, new ByteArraySerializer(), new ByteArraySerializer());
        var consumer =
            new KafkaConsumer<>(in, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      producer.initTransactions();
      consumer.subscribe(List.of(Topics.RAW.name()), this);
      ready.run();
      while (!stop.requested()) {
        take(consumer);
        hand(consumer, producer);
      }
    } finally {
      window.drop(window.partitions());
    }
  }

  private void take(KafkaConsumer<byte[], byte[]> consumer) {
    boolean full = window.size() >= config.fetch().window();
    if (full) {
      consumer.pause(consumer.assignment());
    } else if (paused) {
      consumer.resume(consumer.assignment());
    }
    paused = full;
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
      var partition = new TopicPartition(record.topic(), record.partition());
      UrlPair pair = pairs.read(record);
      if (pair == null || decided.contains(pair.position())) {
        window.pass(partition, record.offset());
      } else {
        window.add(partition, record.offset(), pair, tasks.begin(pair));
      }
    }
  }

  private void hand(KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer)
      throws IOException {
    List<Window.Done> done = window.takeDone(PAIRS_A_TRANSACTION);
    boolean quiet = System.nanoTime() - committed > QUIET_COMMIT_NANOS;
    if (done.isEmpty() && !(quiet && window.hasMoved())) {
      return;
    }
    Map<TopicPartition, OffsetAndMetadata> positions = window.takePositions();
    producer.beginTransaction();
    for (Window.Done one : done) {
      if (one.outcome() instanceof Outcome.Arrived arrived) {
        producer.send(pairs.fetched(one.pair(), arrived));
      } else if (one.outcome() instanceof Outcome.Missing missing) {
        producer.send(pairs.refused(one.pair(), missing.failure()));
      }
    }
    producer.sendOffsetsToTransaction(positions, consumer.groupMetadata());
    producer.commitTransaction();
    committed = System.nanoTime();
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    // New ones begin unpaused; the next turn pauses them again if the window is full.
    paused = true;
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    window.drop(partitions);
  }
}
