package org.everclip.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.everclip.service.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one role's process alive until it is stopped. A death is followed by a restart, at first at
 * once and then ever later; a role that refuses its settings (exit code 2) stays down. Thread-safe.
 */
final class RoleProcess {

  /** Starts the role's process with that health port. */
  interface Launcher {
    Process launch(RoleSpec role, int healthPort) throws IOException;
  }

  /** Hears of deaths; called on the role's own thread. */
  interface Listener {
    void died(RoleSpec role, int exitCode, @Nullable Duration restartIn);

    void changed();
  }

  private static final Duration FIRST_DELAY = Duration.ofMillis(200);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(5);
  private static final Duration STABLE = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final int WRONG_USAGE = 2;

  private final RoleSpec spec;
  private final Launcher launcher;
  private final Listener listener;
  private final StopSignal stop = new StopSignal();
  private final Thread keeper;
  private @Nullable Process process;
  private int healthPort;
  private int restarts;
  private boolean ready;
  private boolean refused;
  private String detail = "not started";

  RoleProcess(RoleSpec spec, Launcher launcher, Listener listener) {
    this.spec = spec;
    this.launcher = launcher;
    this.listener = listener;
    this.keeper = new Thread(this::keep, "keep-" + spec.name());
  }

  RoleSpec spec() {
    return spec;
  }

  void start() {
    keeper.start();
  }

  /** Asks the process to end, waits, and ends it by force after a while. */
  void stop() throws InterruptedException {
    stop.request();
    Process running;
    synchronized (this) {
      running = process;
      detail = "stopping";
    }
    if (running != null) {
      running.destroy();
      if (!running.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        running.destroyForcibly();
      }
    }
    keeper.join();
  }

  /** Takes in what the health check saw; false when nothing changed. */
  synchronized boolean observe(int port, boolean nowReady, String nowDetail) {
    if (port != healthPort || process == null || !process.isAlive()) {
      return false;
    }
    boolean changed = ready != nowReady || !detail.equals(nowDetail);
    ready = nowReady;
    detail = nowDetail;
    return changed;
  }

  synchronized int healthPort() {
    return healthPort;
  }

  synchronized boolean isReady() {
    return ready;
  }

  /** True when the role has refused its settings. */
  synchronized boolean hasRefused() {
    return refused;
  }

  synchronized SupervisorState.Role state() {
    ProcessHandle handle = process == null ? null : process.toHandle();
    return new SupervisorState.Role(
        spec.name(),
        handle == null || !handle.isAlive() ? 0 : handle.pid(),
        handle == null ? "" : handle.info().startInstant().map(Object::toString).orElse(""),
        healthPort,
        ready,
        restarts,
        detail);
  }

  private void keep() {
    Duration delay = FIRST_DELAY;
    try {
      while (!stop.requested()) {
        long start = System.nanoTime();
        int code = launch().waitFor();
        if (ended(code)) {
          return;
        }
        boolean stable = System.nanoTime() - start > STABLE.toNanos();
        delay = stable ? FIRST_DELAY : delay;
        listener.died(spec, code, delay);
        if (stop.await(delay)) {
          return;
        }
        Duration doubled = delay.multipliedBy(2);
        delay = doubled.compareTo(LONGEST_DELAY) > 0 ? LONGEST_DELAY : doubled;
      }
    } catch (IOException e) {
      synchronized (this) {
        detail = "cannot be started: " + e.getMessage();
        refused = true;
      }
      listener.died(spec, 1, null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Process launch() throws IOException {
    Process started;
    synchronized (this) {
      healthPort = freePort();
      ready = false;
      detail = "starting";
      started = launcher.launch(spec, healthPort);
      process = started;
    }
    if (stop.requested()) {
      started.destroy();
    }
    listener.changed();
    return started;
  }

  /** Notes the end; true when there will be no restart. */
  private boolean ended(int code) {
    boolean last;
    synchronized (this) {
      ready = false;
      refused = code == WRONG_USAGE && !stop.requested();
      last = refused || stop.requested();
      detail = last ? "ended with code " + code : "died with code " + code + ", restarting";
      if (!last) {
        restarts++;
      }
    }
    if (refused) {
      listener.died(spec, code, null);
    }
    listener.changed();
    return last;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }
}
