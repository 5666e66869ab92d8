package org.everclip.registry;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.eclipse.jetty.http.UriCompliance;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.registry.api.BlobApi;
import org.everclip.registry.api.DownloadCounts;
import org.everclip.registry.api.EventStream;
import org.everclip.registry.api.FileAnswer;
import org.everclip.registry.api.NativeApi;
import org.everclip.registry.api.Problems;
import org.everclip.registry.api.UpkeepApi;
import org.everclip.registry.api.Webhooks;
import org.everclip.registry.api.WriteGuard;
import org.everclip.registry.hub.HubApi;
import org.everclip.registry.store.AuditLog;
import org.everclip.registry.store.BlobStore;
import org.everclip.registry.store.FileOps;
import org.everclip.registry.store.JsonFile;
import org.everclip.registry.store.Secrets;
import org.everclip.registry.store.Tokens;
import org.everclip.registry.versions.CommandLog;
import org.everclip.registry.versions.EvaluationFeed;
import org.everclip.registry.versions.Publisher;
import org.everclip.registry.versions.Upkeep;

/** The registry as one object: log, blobs and HTTP, wired from leaf to root. */
public final class RegistryServer implements AutoCloseable {

  private static final long MAX_BLOB_BYTES = 16L << 30;
  private static final long MAX_BODY_BYTES = 1 << 20;

  private final CommandLog log;
  private final EventStream events;
  private final Webhooks hooks;
  private final EvaluationFeed evaluations;
  private final DownloadCounts downloads;
  private final Javalin http;

  private RegistryServer(
      CommandLog log,
      EventStream events,
      Webhooks hooks,
      EvaluationFeed evaluations,
      DownloadCounts downloads,
      Javalin http) {
    this.log = log;
    this.events = events;
    this.hooks = hooks;
    this.evaluations = evaluations;
    this.downloads = downloads;
    this.http = http;
  }

  /** Starts to read the log and to serve on loopback; requests are refused until it is read. */
  public static RegistryServer start(EverclipConfig config, MeterRegistry meters)
      throws IOException {
    Path storage = config.inHome(config.registry().storage());
    Secrets secrets = Secrets.open(storage.resolve("keys"));
    Tokens tokens = Tokens.open(storage);
    tokens.requireHome(config.home().resolve("registry-token"), config.registry().token());
    Clock clock = Clock.systemUTC();
    BlobStore blobs = BlobStore.open(storage, MAX_BLOB_BYTES, FileOps.DISK);
    var log = new CommandLog(config, config.inHome("state/registry"));
    var evaluations = new EvaluationFeed(config);
    var events = new EventStream(log.view());
    log.follow(change -> events.tell());
    Gauge.builder(
            "everclip.registry.versions",
            log,
            commands -> commands.view().models().stream().mapToInt(m -> m.versions().size()).sum())
        .register(meters);
    var downloads =
        new DownloadCounts(new JsonFile(storage.resolve("downloads.json"), FileOps.DISK));
    var hooks =
        new Webhooks(
            log.view(), new JsonFile(storage.resolve("webhooks.json"), FileOps.DISK), clock);
    var files = new FileAnswer(meters, downloads);
    var publisher = new Publisher(log, blobs, secrets, clock);
    var guard = new WriteGuard(tokens, new AuditLog(storage, clock), clock);
    var nativeApi = new NativeApi(log, publisher, evaluations, downloads, guard, events, meters);
    var blobApi = new BlobApi(blobs, files);
    var upkeep =
        new Upkeep(
            log.view(),
            evaluations,
            blobs,
            publisher,
            new JsonFile(storage.resolve("unreferenced.json"), FileOps.DISK),
            clock);
    var upkeepApi = new UpkeepApi(log, evaluations, upkeep, hooks);
    var hub =
        new HubApi(log, blobs, config.registry().organization(), files, downloads, evaluations);
    Javalin http =
        Javalin.create(
            server -> {
              server.startup.showJavalinBanner = false;
              server.http.compressionStrategy = CompressionStrategy.NONE;
              server.http.maxRequestSize = MAX_BODY_BYTES;
              // Python's Hub client sends a folder as one segment: sub%2Fdeep.
              server.jetty.modifyHttpConfiguration(
                  jetty ->
                      jetty.setUriCompliance(
                          UriCompliance.DEFAULT.with(
                              "HUB", UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR)));
              server.jetty.modifyServletContextHandler(
                  context -> context.getServletHandler().setDecodeAmbiguousURIs(true));
              Problems.register(server);
              nativeApi.register(server);
              blobApi.register(server);
              upkeepApi.register(server);
              hub.register(server);
            });
    log.start();
    http.start("127.0.0.1", config.registry().port());
    evaluations.start();
    return new RegistryServer(log, events, hooks, evaluations, downloads, http);
  }

  /** Waits until everything that was on the log has been read. */
  public boolean awaitReady(Duration time) throws InterruptedException {
    boolean ready = log.awaitCaughtUp(time);
    if (ready) {
      hooks.start();
    }
    return ready;
  }

  CommandLog log() {
    return log;
  }

  public int port() {
    return http.port();
  }

  @Override
  public void close() {
    events.close();
    hooks.close();
    evaluations.close();
    http.stop();
    downloads.close();
    log.close();
  }
}
