package org.everclip.ingest.gate;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigException;
import org.everclip.service.Health;
import org.everclip.service.StopSignal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the gate's flow running: when it fails (a broker or the schema registry was away for too
 * long), it is closed and begun again from the last commit; when it fails again and again, the
 * process gives up and leaves the restart to its supervisor.
 */
public final class GateService {

  private static final Logger log = LoggerFactory.getLogger(GateService.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final Duration FAILURE_WINDOW = Duration.ofMinutes(10);
  private static final Duration TOPIC_WAIT = Duration.ofSeconds(60);
  private static final int MAX_FAILURES = 10;

  private final EverclipConfig config;
  private final IngestTopology topology;
  private final Health health;

  public GateService(EverclipConfig config, MeterRegistry meters, Health health)
      throws IOException {
    this.config = config;
    this.health = health;
    check(config.gate());
    EvaluationHashes evaluation = EvaluationHashes.load(config);
    log.info(
        "{} evaluation pictures are kept out, version {}", evaluation.size(), evaluation.version());
    var inspector = new Inspector(config.limits(), config.gate(), evaluation);
    var gateMeters = new GateMeters(meters);
    gateMeters.evaluation(evaluation);
    this.topology =
        new IngestTopology(config, Clients.schemaRegistry(config), inspector, gateMeters);
  }

  /** Runs until a stop is requested; throws when there is no hope. */
  public void run(StopSignal stop) throws Exception {
    awaitTopics(stop);
    var failures = new ArrayDeque<Instant>();
    while (!stop.requested()) {
      Throwable failure = runOnce(stop);
      if (failure == null) {
        return;
      }
      Instant now = Instant.now();
      failures.add(now);
      failures.removeIf(time -> time.isBefore(now.minus(FAILURE_WINDOW)));
      if (failures.size() >= MAX_FAILURES || failure instanceof Error) {
        throw new IllegalStateException("the gate fails again and again", failure);
      }
      log.warn("the flow has failed, it begins again from its last commit", failure);
      stop.await(PAUSE.multipliedBy(failures.size()));
    }
  }

  /** Returns why the flow has ended, or null when that was wanted. */
  private @Nullable Throwable runOnce(StopSignal stop) throws Exception {
    var failure = new AtomicReference<Throwable>();
    var ended = new CountDownLatch(1);
    Properties properties = GateStreams.properties(config);
    Path state = config.inHome(config.gate().stateDir());
    int doubtful = CleanStop.begin(state);
    if (doubtful > 0) {
      log.warn("was not stopped in order: {} tasks rebuild their state from the logs", doubtful);
    }
    var streams = new KafkaStreams(topology.build(), properties);
    boolean closed;
    try {
      streams.setUncaughtExceptionHandler(
          thrown -> {
            failure.compareAndSet(null, thrown);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
          });
      streams.setStateListener(
          (now, before) -> {
            log.info("{} -> {}", before, now);
            if (now == KafkaStreams.State.RUNNING) {
              health.up("streams");
              health.ready();
            } else {
              health.down("streams", "the flow is " + now);
            }
            if (now == KafkaStreams.State.ERROR) {
              ended.countDown();
            }
          });
      health.down("streams", "the flow starts");
      streams.start();
      stop.onStop(ended::countDown);
      ended.await();
    } finally {
      closed = streams.close(CLOSE_TIMEOUT);
    }
    if (closed && failure.get() == null) {
      CleanStop.end(state);
    }
    if (stop.requested() && failure.get() == null) {
      return null;
    }
    return failure.get() == null
        ? new IllegalStateException("the flow has ended by itself")
        : failure.get();
  }

  private void awaitTopics(StopSignal stop) throws Exception {
    Set<String> wanted =
        Set.of(
            Topics.RAW.name(),
            Topics.HASHES.name(),
            Topics.ACCEPTED.name(),
            Topics.REJECTED.name());
    Instant deadline = Instant.now().plus(TOPIC_WAIT);
    try (Admin admin = Admin.create(Clients.common(config))) {
      while (!stop.requested()) {
        try {
          Set<String> there = admin.listTopics().names().get(10, TimeUnit.SECONDS);
          if (there.containsAll(wanted)) {
            return;
          }
          health.down("topics", "waits for " + wanted + "; `everclip topics apply` makes them");
        } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
          health.down("topics", config.kafka().bootstrap() + " does not answer: " + e);
        }
        if (Instant.now().isAfter(deadline)) {
          throw new IllegalStateException(health.detail());
        }
        stop.await(Duration.ofMillis(500));
      }
    } finally {
      health.up("topics");
    }
  }

  private static void check(EverclipConfig.Gate gate) {
    if (gate.nearDuplicateDistance() < 0 || gate.nearDuplicateDistance() > Likeness.MAX_DISTANCE) {
      throw new ConfigException(
          "gate.nearDuplicateDistance must be 0 to %d, but is %d"
              .formatted(Likeness.MAX_DISTANCE, gate.nearDuplicateDistance()));
    }
    if (!Set.of("accept", "reject").contains(gate.sameImageOtherCaption())) {
      throw new ConfigException(
          "gate.sameImageOtherCaption must be accept or reject, but is "
              + gate.sameImageOtherCaption());
    }
    if (gate.deduplicationCapacity() < 1) {
      throw new ConfigException("gate.deduplicationCapacity must be at least 1");
    }
  }
}
