package org.everclip.ingest.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;

/** The gate's settings of Kafka Streams. */
public final class GateStreams {

  public static final String APPLICATION_ID = "everclip-gate";

  /** Each hop of a pair waits for a commit, of which it meets four; each costs some ms of CPU. */
  private static final Duration COMMIT_INTERVAL = Duration.ofMillis(500);

  /** How long readers of the output may be held up by a gate that has died and stays away. */
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(60);

  private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(45);
  private static final Duration MAX_POLL_INTERVAL = Duration.ofMinutes(10);

  /** Records may have megabytes: few are held at a time. */
  private static final int BUFFERED_RECORDS = 32;

  /** All that a poll has brought is worked off before the next: small, so that all hops move. */
  private static final int POLL_RECORDS = 200;

  private static final int FETCH_BYTES = 16 << 20;

  /** The default, 16 KiB, is less than a picture: each would be a batch and mostly a request. */
  private static final int BATCH_BYTES = 256 << 10;

  /** Under load a fetch brings some pictures at once; otherwise it waits so long for them. */
  private static final int FETCH_MIN_BYTES = 64 << 10;

  private static final int FETCH_WAIT_MILLIS = 50;

  /** The system finds the size of a socket's buffers; the clients' own hold less than a picture. */
  private static final int SYSTEM_CHOOSES = -1;

  private GateStreams() {}

  /** The settings for state in a folder, which is made if it is not there. */
  public static Properties properties(EverclipConfig config) throws IOException {
    Path state = config.inHome(config.gate().stateDir());
    Files.createDirectories(state);
    Properties properties = Clients.common(config);
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, APPLICATION_ID);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, (int) config.kafka().replication());
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.gate().threads());
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_INTERVAL.toMillis());
    properties.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, BUFFERED_RECORDS);
    properties.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocksDb.class);
    properties.put(StreamsConfig.ENABLE_METRICS_PUSH_CONFIG, false);
    String largest = Integer.toString(Topics.MAX_REQUEST_BYTES);
    properties.put(StreamsConfig.topicPrefix(TopicConfig.MAX_MESSAGE_BYTES_CONFIG), largest);
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), largest);
    properties.put(
        StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
        (int) TRANSACTION_TIMEOUT.toMillis());
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), BATCH_BYTES);
    properties.put(StreamsConfig.producerPrefix(ProducerConfig.SEND_BUFFER_CONFIG), SYSTEM_CHOOSES);
    properties.put(
        StreamsConfig.consumerPrefix(ConsumerConfig.RECEIVE_BUFFER_CONFIG), SYSTEM_CHOOSES);
    properties.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.FETCH_MIN_BYTES_CONFIG), FETCH_MIN_BYTES);
    properties.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG),
        FETCH_WAIT_MILLIS);
    properties.put(
        StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), largest);
    properties.put(
        StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_BYTES_CONFIG), FETCH_BYTES);
    properties.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), POLL_RECORDS);
    properties.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
        (int) SESSION_TIMEOUT.toMillis());
    properties.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG),
        (int) MAX_POLL_INTERVAL.toMillis());
    properties.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
        instanceId(state));
    return properties;
  }

  /**
   * The name under which this state folder takes part in the group. It stays over restarts, so that
   * a gate that was killed takes its place again at once instead of waiting for its own session to
   * run out.
   */
  private static String instanceId(Path state) throws IOException {
    Path file = state.resolve("instance-id");
    if (!Files.exists(file)) {
      Files.writeString(file, UUID.randomUUID().toString());
    }
    return Files.readString(file).trim();
  }
}
