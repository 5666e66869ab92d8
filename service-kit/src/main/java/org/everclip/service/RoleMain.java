package org.everclip.service;

import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.everclip.contracts.config.EverclipConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/**
 * The life of a role: settings, health and metrics, the work, and a stop that is graceful on
 * SIGTERM, on Ctrl-C and when the supervisor has died. A subclass is a picocli command; its {@link
 * #run} returns when {@link RoleContext#stop} asks for it.
 */
public abstract class RoleMain implements Callable<Integer> {

  /** Environment variable: where the role serves its health and metrics. */
  static final String HEALTH_PORT = "EVERCLIP_HEALTH_PORT";

  private static final Logger log = LoggerFactory.getLogger(RoleMain.class);
  private static final Duration GRACE = Duration.ofSeconds(30);
  private static final Duration LAST_WORDS = Duration.ofSeconds(3);

  @Mixin private ConfigOptions options = new ConfigOptions();

  /** The role's name, as in {@code everclip ROLE} and in metrics. */
  protected abstract String role();

  /** Does the work until a stop is requested; an exception ends the process with 1. */
  protected abstract void run(RoleContext context) throws Exception;

  /** False for roles that other roles' metrics need (broker, schema registry). */
  protected boolean reportsToKafka() {
    return true;
  }

  /** How long to go on after the supervisor has died, so that dependants can stop first. */
  protected Duration graceAfterParent() {
    return Duration.ZERO;
  }

  /** Runs a role's main: parses, works, exits with 0, 1 or 2. */
  protected static void launch(RoleMain main, String[] args) {
    var commandLine = new CommandLine(main);
    commandLine.setExecutionExceptionHandler(
        (e, parsed, result) -> {
          if (e instanceof ConfigException) {
            parsed.getErr().println(e.getMessage());
            return 2;
          }
          log.error("{} failed", main.role(), e);
          return 1;
        });
    int code = commandLine.execute(args);
    // Not exit(): shutdown hooks of libraries may wait on threads that have already ended.
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(code);
  }

  @Override
  public final Integer call() throws Exception {
    EverclipConfig config = options.load();
    var meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new ProcessorMetrics().bindTo(meters);
    new JvmMemoryMetrics().bindTo(meters);
    var stop = new StopSignal();
    var context = new RoleContext(role(), config, new Health(), meters, stop);
    var finished = new CountDownLatch(1);
    Thread main = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stop.request();
                  await(finished, main);
                },
                "stop"));
    watchParent(stop);
    String healthPort = System.getenv(HEALTH_PORT);
    try {
      HealthServer server =
          healthPort == null
              ? null
              : new HealthServer(Integer.parseInt(healthPort), context.health(), meters);
      MetricsReporter reporter = reportsToKafka() ? new MetricsReporter(context) : null;
      try {
        log.info("{} starts (home {})", role(), config.home());
        run(context);
        log.info("{} has stopped", role());
      } finally {
        if (reporter != null) {
          reporter.close();
        }
        if (server != null) {
          server.close();
        }
      }
    } finally {
      meters.close();
      finished.countDown();
    }
    return 0;
  }

  private void watchParent(StopSignal stop) {
    String parent = System.getenv("EVERCLIP_PARENT_PID");
    if (parent == null) {
      return;
    }
    var watcher =
        new Thread(
            () -> {
              ProcessHandle.of(Long.parseLong(parent)).ifPresent(p -> p.onExit().join());
              log.warn("the supervisor (process {}) has gone, stopping", parent);
              try {
                Thread.sleep(graceAfterParent().toMillis());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              stop.request();
              try {
                Thread.sleep(GRACE.toMillis());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              Runtime.getRuntime().halt(1);
            },
            "parent-watch");
    watcher.setDaemon(true);
    watcher.start();
  }

  /** The process must not end by the signal before the main thread has ended it with its code. */
  private static void await(CountDownLatch finished, Thread main) {
    try {
      if (!finished.await(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("not stopped after {}, giving up", GRACE);
      }
      main.join(LAST_WORDS.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
