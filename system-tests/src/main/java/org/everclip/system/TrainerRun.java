package org.everclip.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.everclip.contracts.Sha256;

/** A trainer as a process on a state of its own, seen from outside. For one thread. */
public final class TrainerRun {

  private static final Duration STALLED = Duration.ofMinutes(5);
  private static final String STEP = "step-";

  private final RolePlatform platform;
  private final String name;
  private final Path home;
  private final List<String> settings;
  private Process process;

  /** Starts it. */
  public TrainerRun(RolePlatform platform, Path home, String name, List<String> settings)
      throws IOException {
    this.platform = platform;
    this.name = name;
    this.home = home.resolve(name);
    this.settings = new ArrayList<>(settings);
    this.settings.add("trainer.name=" + name);
    process = launch();
  }

  private Process launch() throws IOException {
    return platform.start(
        name,
        "trainer",
        "org.everclip.trainer.TrainerMain",
        home,
        List.of("-Xmx384m"),
        settings.stream().flatMap(one -> Stream.of("--set", one)).toArray(String[]::new));
  }

  public Process process() {
    return process;
  }

  /** The step of the newest checkpoint; -1 before the first. */
  public long step() throws IOException {
    Path folder = state().resolve("checkpoints");
    if (!Files.isDirectory(folder)) {
      return -1;
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> path.getFileName().toString())
          .filter(file -> file.matches("step-\\d+"))
          .mapToLong(file -> Long.parseLong(file.substring(STEP.length())))
          .max()
          .orElse(-1);
    }
  }

  /** Waits for a checkpoint of that step or a later one. */
  public long awaitStep(long step) throws IOException, InterruptedException {
    long last = step();
    long changed = System.nanoTime();
    while (last < step) {
      Thread.sleep(20);
      requireAlive();
      long now = step();
      if (now != last) {
        last = now;
        changed = System.nanoTime();
      } else if (System.nanoTime() - changed > STALLED.toNanos()) {
        throw new IllegalStateException(
            "%s has stood at step %d for %s".formatted(name, last, STALLED));
      }
    }
    return last;
  }

  /** Waits until the round's version has been handed to the registry. */
  public void awaitPublished(int round) throws InterruptedException {
    Path marker = state().resolve("outbox/round-%06d/published.json".formatted(round));
    long start = System.nanoTime();
    while (!Files.exists(marker)) {
      Thread.sleep(50);
      requireAlive();
      if (System.nanoTime() - start > STALLED.toNanos()) {
        throw new IllegalStateException("%s does not publish round %d".formatted(name, round));
      }
    }
  }

  private void requireAlive() {
    if (!process.isAlive()) {
      throw new IllegalStateException(
          "%s has ended by itself with %d; see its log".formatted(name, process.exitValue()));
    }
  }

  /** kill -9, and a start on what is left. */
  public void killAndStart() throws IOException, InterruptedException {
    requireAlive();
    process.destroyForcibly().waitFor();
    process = launch();
  }

  /** Asks it to stop; returns the seconds until it had. */
  public double stop() throws InterruptedException {
    requireAlive();
    long start = System.nanoTime();
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(name + " does not stop");
    }
    return (System.nanoTime() - start) / 1e9;
  }

  public void start() throws IOException {
    process = launch();
  }

  /** SHA-256 of weights, moments and average in the newest checkpoint. */
  public String bits() throws IOException {
    return Sha256.hex(
        state().resolve("checkpoints").resolve(STEP + "%012d".formatted(step())).resolve("state"));
  }

  private Path state() {
    return home.resolve("state/trainer");
  }
}
