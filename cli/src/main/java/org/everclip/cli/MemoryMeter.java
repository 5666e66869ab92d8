package org.everclip.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.everclip.service.StopSignal;

/**
 * The largest memory of this process and all below it together, sampled every two seconds: the
 * proportional set size where the system tells it (shared libraries count once), else the resident
 * size; 0 where neither is known.
 */
final class MemoryMeter implements AutoCloseable {

  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private final StopSignal stop = new StopSignal();
  private final Thread thread = new Thread(this::sample, "memory");
  private volatile long now;
  private volatile long peak;

  /** Starts sampling. */
  static MemoryMeter start() {
    var meter = new MemoryMeter();
    meter.thread.setDaemon(true);
    meter.thread.start();
    return meter;
  }

  long nowBytes() {
    return now;
  }

  long peakBytes() {
    return peak;
  }

  private void sample() {
    try {
      do {
        ProcessHandle self = ProcessHandle.current();
        now =
            Stream.concat(Stream.of(self), self.descendants())
                .mapToLong(handle -> bytes(handle.pid()))
                .sum();
        peak = Math.max(peak, now);
      } while (!stop.await(INTERVAL));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long bytes(long pid) {
    Path proc = Path.of("/proc", Long.toString(pid));
    long proportional = field(proc.resolve("smaps_rollup"), "Pss:");
    return proportional > 0 ? proportional : field(proc.resolve("status"), "VmRSS:");
  }

  private static long field(Path file, String name) {
    try {
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith(name)) {
          String number = line.substring(name.length()).replace("kB", "").trim();
          return Long.parseLong(number) * 1024;
        }
      }
    } catch (IOException | NumberFormatException e) {
      return 0; // the process has ended, or this is not Linux
    }
    return 0;
  }

  @Override
  public void close() {
    stop.request();
  }
}
