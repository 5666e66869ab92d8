package org.everclip.ingest.fetch;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLContext;
import org.apache.kafka.common.KafkaException;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.gate.EvaluationHashes;
import org.everclip.ingest.gate.Inspector;
import org.everclip.service.ConfigException;
import org.everclip.service.Health;
import org.everclip.service.StopSignal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the fetch loop running: when brokers, schema registry or disk fail, it begins again from
 * the last transaction; when it fails again and again, the process gives up and leaves the restart
 * to its supervisor.
 */
public final class FetchService {

  private static final Logger log = LoggerFactory.getLogger(FetchService.class);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final Duration FAILURE_WINDOW = Duration.ofMinutes(10);
  private static final int MAX_FAILURES = 10;

  private final EverclipConfig config;
  private final MeterRegistry meters;
  private final Health health;

  public FetchService(EverclipConfig config, MeterRegistry meters, Health health) {
    this.config = config;
    this.meters = meters;
    this.health = health;
    check(config.fetch());
  }

  /** Runs until a stop is requested; throws when there is no hope. */
  public void run(StopSignal stop) throws Exception {
    var arrivals = new Arrivals(config.fetch(), Clock.systemUTC(), health, meters);
    var failures = new ArrayDeque<Long>();
    while (!stop.requested()) {
      try {
        runOnce(stop, arrivals);
        return;
      } catch (KafkaException | CompletionException | IllegalStateException | IOException e) {
        health.down("loop", "begins again after a failure: " + e.getMessage());
        long now = System.nanoTime();
        failures.add(now);
        failures.removeIf(time -> now - time > FAILURE_WINDOW.toNanos());
        if (failures.size() >= MAX_FAILURES) {
          throw new IllegalStateException("the fetcher fails again and again", e);
        }
        log.warn("the loop has failed, it begins again from its last transaction", e);
        stop.await(PAUSE.multipliedBy(failures.size()));
      } catch (java.io.UncheckedIOException e) {
        health.down("loop", "begins again after a failure: " + e.getMessage());
        log.warn("the schema registry does not answer, the loop begins again", e);
        stop.await(PAUSE);
      }
    }
  }

  private void runOnce(StopSignal stop, Arrivals arrivals)
      throws IOException, NoSuchAlgorithmException {
    Path state = config.inHome(config.fetch().stateDir());
    Parking parking = Parking.open(state.resolve("waiting"));
    var registry = Clients.schemaRegistry(config);
    var inspector = new Inspector(config.limits(), config.gate(), EvaluationHashes.none());
    var pairs =
        new UrlPairs(
            new RawPairCodec(registry),
            RecordCodec.of(Topics.REJECTED, registry),
            inspector,
            config.fetch().wrongChecksum());
    var fetcher =
        new PictureFetcher(
            config.fetch(),
            config.limits().maxImageBytes(),
            InetAddress::getAllByName,
            SSLContext.getDefault());
    try (var tasks = new FetchTasks(config.fetch(), fetcher, pairs, arrivals, parking)) {
      var loop = new FetchLoop(config, pairs, tasks, RefusedBefore.find(config), instanceId(state));
      loop.run(
          stop,
          () -> {
            health.up("loop");
            health.ready();
          });
    }
  }

  /** Stays over restarts, so that a fetcher that was killed takes its place again at once. */
  private static String instanceId(Path state) throws IOException {
    Path file = state.resolve("instance-id");
    if (!Files.exists(file)) {
      Files.writeString(file, UUID.randomUUID().toString());
    }
    return Files.readString(file).trim();
  }

  private static void check(EverclipConfig.Fetch settings) {
    require(
        settings.enabled(),
        "fetching is off: set fetch.enabled to true, for this role and for the gate alike (else"
            + " the gate refuses what this role fetches)");
    require(settings.concurrency() > 0, "fetch.concurrency must be at least 1");
    require(settings.window() > 0, "fetch.window must be at least 1");
    require(settings.perHost() > 0, "fetch.perHost must be at least 1");
    require(settings.attempts() > 0, "fetch.attempts must be at least 1");
    require(settings.maxRedirects() >= 0, "fetch.maxRedirects must not be negative");
    require(settings.arrivalSample() > 0, "fetch.arrivalSample must be at least 1");
    require(
        Set.of("label", "reject", "ignore").contains(settings.wrongChecksum()),
        "fetch.wrongChecksum must be label, reject or ignore, but is " + settings.wrongChecksum());
    settings.allowAddresses().forEach(AddressBlock::parse);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new ConfigException(message);
    }
  }
}
