package org.everclip.ingest.fetch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs tasks politely: of one host at most so many at a time, and never two beginnings closer than
 * the delay. Hosts do not wait for each other as long as there are threads. Thread-safe.
 */
final class HostQueues implements AutoCloseable {

  private static final class Host {
    final Queue<Runnable> waiting = new ArrayDeque<>();
    int active;
    long next = System.nanoTime();
  }

  private final ScheduledThreadPoolExecutor threads;
  private final int perHost;
  private final long delayNanos;
  private final Map<String, Host> hosts = new HashMap<>();

  HostQueues(int concurrency, int perHost, Duration delay) {
    this.threads = new ScheduledThreadPoolExecutor(concurrency, task -> new Thread(task, "fetch"));
    this.threads.setRemoveOnCancelPolicy(true);
    this.threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.perHost = perHost;
    this.delayNanos = delay.toNanos();
  }

  /** Runs the task when it is the host's turn. */
  synchronized void submit(String name, Runnable task) {
    Host host = hosts.computeIfAbsent(name, key -> new Host());
    host.waiting.add(task);
    begin(name, host);
  }

  /** Submits the task after a time. */
  void submitAfter(Duration time, String name, Runnable task) {
    threads.schedule(() -> submit(name, task), time.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void begin(String name, Host host) {
    while (host.active < perHost && !host.waiting.isEmpty() && !threads.isShutdown()) {
      Runnable task = host.waiting.remove();
      host.active++;
      long now = System.nanoTime();
      long at = Math.max(now, host.next);
      host.next = at + delayNanos;
      threads.schedule(() -> run(name, host, task), at - now, TimeUnit.NANOSECONDS);
    }
  }

  private void run(String name, Host host, Runnable task) {
    try {
      task.run();
    } finally {
      synchronized (this) {
        host.active--;
        begin(name, host);
        if (host.active == 0 && host.waiting.isEmpty() && !threads.isShutdown()) {
          // Remembered until the delay is over, so that the next one of this host keeps it.
          threads.schedule(
              () -> forget(name, host), host.next - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
      }
    }
  }

  private synchronized void forget(String name, Host host) {
    if (host.active == 0 && host.waiting.isEmpty() && System.nanoTime() - host.next >= 0) {
      hosts.remove(name, host);
    }
  }

  /** Hosts that are remembered now. */
  synchronized int size() {
    return hosts.size();
  }

  /** Drops what has not begun and interrupts the rest. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
