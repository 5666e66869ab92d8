package org.everclip.registry.versions;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.Stores;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.ModelEventKind;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.registry.versions.DecisionProcessor.DecisionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes commands to {@code models.versions} and waits for their decision, which Kafka Streams
 * takes in the order of the log (exactly once: outcomes, store and offsets in one transaction).
 * Commands come from any thread. A command whose decision is not heard of in time may still be
 * carried out; its id tells, now or later. One process at a time runs this for a cluster.
 */
public final class CommandLog implements AutoCloseable, DecisionListener, VersionLog {

  private static final Logger log = LoggerFactory.getLogger(CommandLog.class);
  private static final String APPLICATION = "everclip-registry";
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final RegistryView view = new RegistryView();
  private final Map<String, CompletableFuture<Decision>> waiting = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<Boolean>> marks = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<Consumer<Decision>> followers = new CopyOnWriteArrayList<>();
  private final RecordCodec<ModelEvent> codec;
  private final KafkaProducer<String, byte[]> producer;
  private final KafkaStreams streams;
  private volatile boolean caughtUp;

  public CommandLog(EverclipConfig config, Path stateDir) {
    codec = RecordCodec.of(Topics.VERSIONS, Clients.schemaRegistry(config));
    Properties properties = Clients.producer(config);
    properties.put("linger.ms", "0");
    properties.put("request.timeout.ms", "5000");
    properties.put("delivery.timeout.ms", "10000");
    properties.put("max.block.ms", "10000");
    producer = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
    streams = new KafkaStreams(topology(), streamsProperties(config, stateDir));
    streams.setUncaughtExceptionHandler(
        e -> {
          log.error("the log's reader failed and is replaced", e);
          return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
  }

  /** Starts reading; {@link #awaitCaughtUp} tells when the view is complete. */
  public void start() {
    streams.start();
  }

  /**
   * Waits until everything that was on the log at the time of the call has been decided: a mark is
   * written to the log and awaited.
   *
   * @return false if that did not happen in time
   */
  public boolean awaitCaughtUp(Duration time) throws InterruptedException {
    String id = "mark-" + UUID.randomUUID();
    var reached = new CompletableFuture<Boolean>();
    marks.put(id, reached);
    ModelEvent mark =
        ModelEvent.newBuilder()
            .setCommandId(id)
            .setKind(ModelEventKind.UNKNOWN)
            .setModel("")
            .setActor("registry")
            .setReason("mark")
            .setTime(Instant.now())
            .build();
    try {
      send(mark);
      caughtUp = reached.get(time.toMillis(), TimeUnit.MILLISECONDS);
      return caughtUp;
    } catch (TimeoutException | RequestRefused e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      marks.remove(id);
    }
  }

  @Override
  public RegistryView view() {
    return view;
  }

  /** Is the reader of the log running, and has it caught up since the start? */
  public boolean isReady() {
    return caughtUp && streams.state().isRunningOrRebalancing();
  }

  /** Is told of each change after the start, on the log's thread. */
  public void follow(Consumer<Decision> follower) {
    followers.add(follower);
  }

  @Override
  public Decision submit(ModelEvent command) {
    String id = command.getCommandId();
    CompletableFuture<Decision> future =
        waiting.computeIfAbsent(id, unused -> new CompletableFuture<>());
    try {
      send(command);
      return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw unavailable(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(e);
    } finally {
      waiting.remove(id, future);
    }
  }

  @Override
  public void decided(Decision decision) {
    CompletableFuture<Decision> future = waiting.remove(decision.commandId());
    if (future != null) {
      future.complete(decision);
    }
    if (caughtUp && decision.changed()) {
      followers.forEach(follower -> follower.accept(decision));
    }
  }

  @Override
  public void reached(String markId) {
    CompletableFuture<Boolean> future = marks.get(markId);
    if (future != null) {
      future.complete(true);
    }
  }

  @Override
  public void close() {
    streams.close(Duration.ofSeconds(10));
    producer.close(Duration.ofSeconds(5));
  }

  private void send(ModelEvent event) {
    try {
      producer
          .send(new ProducerRecord<>(Topics.VERSIONS.name(), event.getModel(), codec.encode(event)))
          .get();
    } catch (ExecutionException | KafkaException | java.io.UncheckedIOException e) {
      throw unavailable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(e);
    }
  }

  private static RequestRefused unavailable(Exception cause) {
    return new RequestRefused(
        503,
        "the log did not answer in time, so it is open whether this was done; repeat the request"
            + " with the same idempotency key",
        cause);
  }

  private Topology topology() {
    var topology = new Topology();
    String topic = Topics.VERSIONS.name();
    topology.addSource("log", new StringDeserializer(), new ByteArrayDeserializer(), topic);
    topology.addProcessor("decide", () -> new DecisionProcessor(view, codec, this), "log");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(
            Stores.inMemoryKeyValueStore(DecisionProcessor.STORE),
            Serdes.Long(),
            Serdes.ByteArray()),
        "decide");
    topology.addSink(
        "outcomes", topic, new StringSerializer(), new ByteArraySerializer(), "decide");
    return topology;
  }

  private static Properties streamsProperties(EverclipConfig config, Path stateDir) {
    Properties properties = Clients.common(config);
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, APPLICATION);
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, (int) config.kafka().replication());
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 20);
    properties.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    // A member of fixed name takes its place again at once, also after a kill.
    properties.put(StreamsConfig.consumerPrefix("group.instance.id"), APPLICATION);
    properties.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 30_000);
    return properties;
  }
}
