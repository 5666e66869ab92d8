package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.Health;
import org.everclip.service.StopSignal;
import org.jspecify.annotations.Nullable;

/** One life of the role, without its process. */
final class TestRole {

  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final Health health = new Health();
  private final EverclipConfig config;
  private final StopSignal stop = new StopSignal();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Thread thread = new Thread(this::run, "role");
  private final boolean restored;

  TestRole(EverclipConfig config) {
    this.config = config;
    restored = !new NewestCheckpoint(state()).scan().isEmpty();
    ProcessScope.register(ReinforceSettings.JOB, meters);
    thread.start();
  }

  private void run() {
    try {
      new JobRun(
              ReinforceSettings.of(config),
              state(),
              config.reinforce().checkpointInterval(),
              config.reinforce().uiPort(),
              health)
          .run(stop);
    } catch (IOException | InterruptedException | RuntimeException e) {
      failure.set(e);
    }
  }

  Path state() {
    return config.inHome(config.reinforce().checkpointDir());
  }

  /** What the pairs counter says of an outcome. */
  double passed(String outcome) {
    var counter = meters.find("everclip.reinforce.pairs").tag("outcome", outcome).counter();
    return counter == null ? 0 : counter.count();
  }

  void stop() throws InterruptedException {
    stop.request();
    thread.join(Duration.ofSeconds(40).toMillis());
    assertThat(thread.isAlive()).isFalse();
    assertThat(failure.get()).isNull();
  }

  boolean restored() {
    return restored;
  }
}
