package org.everclip.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigOptions;
import org.everclip.service.StopSignal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code everclip demo}: the embedded platform with the demo's stream. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Runs everything on the demo's data. With --minutes it ends by itself and prints a last line of JSON;",
      "state lies in ~/.everclip/demo unless --home says otherwise."
    })
final class DemoCommand implements Callable<Integer> {

  private static final Duration SETTLE = Duration.ofSeconds(60);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);
  private static final double MIB = 1 << 20;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "End after so many minutes, counted from all roles ready.")
  private @Nullable Double minutes;

  @Option(names = "--port", paramLabel = "P", description = "Port of the page (default: 8080).")
  private @Nullable Integer port;

  @Override
  public Integer call() throws InterruptedException, JsonProcessingException {
    if (port != null) {
      options.assign("dashboard.port=" + port);
    }
    EverclipConfig config = options.loadBelow("demo");
    ProgressLine progress = ProgressLine.onError();
    try (Home home = Home.claim(config.home());
        var stopping = new Stopping();
        MemoryMeter memory = MemoryMeter.start();
        Supervisor supervisor =
            Platform.supervisor(
                home, config, List.of(), options.argumentsWithoutHome(), progress::say)) {
      progress.say("starting on " + config.home());
      supervisor.start(UpCommand.PATIENCE, stopping.signal());
      if (stopping.signal().requested()) {
        return 1;
      }
      System.out.println("page " + Platform.page(config));
      System.out.flush();
      int code = stream(config, progress, memory, stopping.signal());
      progress.say("stopping");
      return code;
    }
  }

  private int stream(
      EverclipConfig config, ProgressLine progress, MemoryMeter memory, StopSignal stop)
      throws InterruptedException, JsonProcessingException {
    Instant ready = Instant.now();
    var failure = new AtomicReference<@Nullable CliException>();
    var data = new DemoData(Program.find(), config.home(), options.argumentsWithoutHome());
    var producer = new Thread(() -> push(data, failure), "demo-data");
    producer.setDaemon(true);
    producer.start();
    try (FlowWatch watch = FlowWatch.start(config)) {
      Instant end = minutes == null ? Instant.MAX : ready.plusMillis((long) (minutes * 60_000));
      while (Instant.now().isBefore(end) && !stop.await(Duration.ofSeconds(1))) {
        CliException failed = failure.get();
        if (failed != null) {
          throw failed;
        }
        progress.show(line(watch.counts(), memory, Duration.between(ready, Instant.now())));
      }
      producer.interrupt();
      if (minutes == null || stop.requested()) {
        return minutes == null ? 0 : 1;
      }
      return summary(config, progress, watch, memory, ready);
    }
  }

  private static void push(DemoData data, AtomicReference<@Nullable CliException> failure) {
    try {
      data.push();
    } catch (CliException e) {
      failure.set(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int summary(
      EverclipConfig config,
      ProgressLine progress,
      FlowWatch watch,
      MemoryMeter memory,
      Instant ready)
      throws InterruptedException, JsonProcessingException {
    progress.say("time is over, comparing what went in with what came out");
    Reconciliation.Report report = Reconciliation.patiently(config, SETTLE, LOOK_AGAIN);
    FlowWatch.Counts counts = watch.counts();
    Instant first = counts.firstReinforced();
    Double firstSeconds = first == null ? null : Duration.between(ready, first).toMillis() / 1000.0;
    DemoSummary summary =
        DemoSummary.of(counts, watch.heldOut(), report, firstSeconds, memory.peakBytes());
    String shortfall = summary.shortfall();
    if (!shortfall.isEmpty()) {
      progress.say("not complete: " + shortfall + "; logs are in " + config.home() + "/logs");
    }
    System.out.println(new JsonMapper().writeValueAsString(summary));
    System.out.flush();
    return shortfall.isEmpty() ? 0 : 1;
  }

  private static String line(FlowWatch.Counts counts, MemoryMeter memory, Duration elapsed) {
    if (counts.trouble() != null) {
      return counts.trouble();
    }
    Double loss = counts.loss();
    return String.format(
        Locale.ROOT,
        "%d:%02d  raw %d  accepted %d  rejected %d  reinforced %d  steps %d%s  versions %d  evaluated %d  %.0f MiB",
        elapsed.toMinutes(),
        elapsed.toSecondsPart(),
        counts.raw(),
        counts.accepted(),
        counts.rejected(),
        counts.reinforced(),
        counts.steps(),
        loss == null ? "" : String.format(Locale.ROOT, " (loss %.3f)", loss),
        counts.versions(),
        counts.evaluated(),
        memory.nowBytes() / MIB);
  }
}
