package org.everclip.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.everclip.service.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * Runs roles as processes on one home: starts them phase by phase, restarts the dead, asks after
 * their health, writes {@code supervisor.json}, and stops them in reverse. Should this process be
 * killed, the roles notice and stop by themselves. Thread-safe.
 */
final class Supervisor implements AutoCloseable, RoleProcess.Listener {

  private static final Duration POLL = Duration.ofMillis(400);
  private static final Duration LEFTOVER_PATIENCE = Duration.ofSeconds(60);

  private final Path home;
  private final Path program;
  private final Map<String, String> addresses;
  private final Consumer<String> say;
  private final NavigableMap<Integer, List<RoleProcess>> phases = new TreeMap<>();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final StopSignal stop = new StopSignal();
  private final Thread watcher = new Thread(this::watch, "health");
  private boolean closed;

  /**
   * Prepares; nothing is started yet.
   *
   * @param addresses shown in {@code supervisor.json}
   * @param say takes lines for humans
   */
  Supervisor(
      Path home,
      Path program,
      List<RoleSpec> roles,
      RoleProcess.Launcher launcher,
      Map<String, String> addresses,
      Consumer<String> say) {
    this.home = home;
    this.program = program;
    this.addresses = addresses;
    this.say = say;
    for (RoleSpec role : roles) {
      phases
          .computeIfAbsent(role.phase(), p -> new ArrayList<>())
          .add(new RoleProcess(role, launcher, this));
    }
    watcher.setDaemon(true);
  }

  /**
   * Starts all roles; returns when every one is ready, or when a stop is requested.
   *
   * @throws CliException when a role is not ready in time or refuses its settings
   */
  void start(Duration patience, StopSignal interrupted) throws InterruptedException {
    awaitLeftovers();
    watcher.start();
    long deadline = System.nanoTime() + patience.toNanos();
    for (List<RoleProcess> phase : phases.values()) {
      phase.forEach(RoleProcess::start);
      while (!phase.stream().allMatch(RoleProcess::isReady)) {
        if (interrupted.await(Duration.ofMillis(50))) {
          return;
        }
        failIfHopeless(phase, System.nanoTime() > deadline, patience);
      }
    }
    changed();
  }

  private void failIfHopeless(List<RoleProcess> phase, boolean late, Duration patience) {
    for (RoleProcess role : phase) {
      if (role.hasRefused() || (late && !role.isReady())) {
        String name = role.spec().name();
        Path log = home.resolve("logs").resolve(name + ".log");
        throw new CliException(
            name
                + (role.hasRefused() ? " cannot start" : " is not ready after " + patience)
                + ": "
                + role.state().detail()
                + "; last lines of "
                + log
                + ":\n  "
                + String.join("\n  ", Home.tail(log, 12)));
      }
    }
  }

  /** Roles of a killed supervisor stop by themselves; until then they hold ports and files. */
  private void awaitLeftovers() throws InterruptedException {
    List<ProcessHandle> leftovers =
        SupervisorState.read(home).stream()
            .flatMap(state -> state.roles().stream())
            .flatMap(role -> role.process().stream())
            .filter(ProcessHandle::isAlive)
            .toList();
    if (leftovers.isEmpty()) {
      return;
    }
    say.accept(
        "waiting for "
            + leftovers.size()
            + " roles of a killed start to end: "
            + leftovers.stream().map(ProcessHandle::pid).toList());
    CompletableFuture<?> all =
        CompletableFuture.allOf(
            leftovers.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new));
    try {
      all.get(LEFTOVER_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      say.accept("they do not end, killing them");
      leftovers.forEach(ProcessHandle::destroyForcibly);
    }
  }

  SupervisorState state() {
    return new SupervisorState(
        ProcessHandle.current().pid(),
        home.toString(),
        program.toString(),
        addresses,
        phases.values().stream().flatMap(List::stream).map(RoleProcess::state).toList());
  }

  @Override
  public void died(RoleSpec role, int exitCode, @Nullable Duration restartIn) {
    say.accept(
        role.name()
            + " ended with code "
            + exitCode
            + (restartIn == null
                ? " and stays down"
                : ", restarting in " + restartIn.toMillis() + " ms"));
  }

  @Override
  public synchronized void changed() {
    try {
      state().write(home);
    } catch (IOException e) {
      say.accept("cannot write supervisor.json: " + e.getMessage());
    }
  }

  private void watch() {
    try {
      while (!stop.await(POLL)) {
        boolean changed = false;
        for (List<RoleProcess> phase : phases.values()) {
          for (RoleProcess role : phase) {
            changed |= ask(role);
          }
        }
        if (changed) {
          changed();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean ask(RoleProcess role) throws InterruptedException {
    int port = role.healthPort();
    if (port == 0) {
      return false;
    }
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz"))
                  .timeout(Duration.ofSeconds(3))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      return role.observe(port, answer.statusCode() == 200, answer.body());
    } catch (IOException e) {
      return role.observe(port, false, role.isReady() ? "does not answer" : "starting");
    }
  }

  /** Stops every role, the last phase first; returns when all have ended. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    try {
      for (List<RoleProcess> phase : phases.descendingMap().values()) {
        var stoppers = new ArrayList<Thread>();
        for (RoleProcess role : phase) {
          var stopper = new Thread(() -> stop(role), "stop-" + role.spec().name());
          stopper.start();
          stoppers.add(stopper);
        }
        for (Thread stopper : stoppers) {
          stopper.join();
        }
      }
      stop.request();
      watcher.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    changed();
  }

  private static void stop(RoleProcess role) {
    try {
      role.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
