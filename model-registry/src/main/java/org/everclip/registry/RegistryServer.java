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
import org.everclip.registry.api.EventStream;
import org.everclip.registry.api.FileAnswer;
import org.everclip.registry.api.NativeApi;
import org.everclip.registry.api.Problems;
import org.everclip.registry.hub.HubApi;
import org.everclip.registry.store.BlobStore;
import org.everclip.registry.store.FileOps;
import org.everclip.registry.store.Secrets;
import org.everclip.registry.versions.CommandLog;
import org.everclip.registry.versions.Publisher;

/** The registry as one object: log, blobs and HTTP, wired from leaf to root. */
public final class RegistryServer implements AutoCloseable {

  private static final long MAX_BLOB_BYTES = 16L << 30;
  private static final long MAX_BODY_BYTES = 1 << 20;

  private final CommandLog log;
  private final EventStream events;
  private final Javalin http;

  private RegistryServer(CommandLog log, EventStream events, Javalin http) {
    this.log = log;
    this.events = events;
    this.http = http;
  }

  /** Starts to read the log and to serve on loopback; requests are refused until it is read. */
  public static RegistryServer start(EverclipConfig config, MeterRegistry meters) throws IOException {
    Path storage = config.inHome(config.registry().storage());
    Secrets secrets =
        Secrets.open(
            storage.resolve("keys"),
            config.home().resolve("registry-token"),
            config.registry().token());
    BlobStore blobs = BlobStore.open(storage, MAX_BLOB_BYTES, FileOps.DISK);
    var log = new CommandLog(config, config.inHome("state/registry"));
    var events = new EventStream();
    log.follow(events::tell);
    Gauge.builder(
            "everclip.registry.versions",
            log,
            commands -> commands.view().models().stream().mapToInt(m -> m.versions().size()).sum())
        .register(meters);
    var files = new FileAnswer(meters);
    var publisher = new Publisher(log, blobs, secrets, Clock.systemUTC());
    var nativeApi = new NativeApi(log, publisher, blobs, secrets, files, events, meters);
    var hub = new HubApi(log, blobs, config.registry().organization(), files);
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
              hub.register(server);
            });
    log.start();
    http.start("127.0.0.1", config.registry().port());
    return new RegistryServer(log, events, http);
  }

  /** Waits until everything that was on the log has been read. */
  public boolean awaitReady(Duration time) throws InterruptedException {
    return log.awaitCaughtUp(time);
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
    http.stop();
    log.close();
  }
}
