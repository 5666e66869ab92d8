package org.everclip.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * A running {@code ./everclip up} on a folder of its own, as a user starts it; seen from outside
 * through {@code supervisor.json} and signals. Closing it stops it cleanly.
 */
final class Platform implements AutoCloseable {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration POLL = Duration.ofMillis(200);

  private final Path program;
  private final Path home;
  private final Map<String, String> environment;
  private final Process process;

  private Platform(Path program, Path home, Map<String, String> environment, Process process) {
    this.program = program;
    this.home = home;
    this.environment = environment;
    this.process = process;
  }

  /** Starts it and waits until every role is ready. */
  static Platform up(Path program, Path home, int portsBase, List<String> settings)
      throws IOException, InterruptedException {
    return up(program, home, portsBase, settings, "");
  }

  /**
   * Starts some roles and waits until they are ready.
   *
   * @param only roles separated by commas; empty for all
   */
  static Platform up(Path program, Path home, int portsBase, List<String> settings, String only)
      throws IOException, InterruptedException {
    Files.createDirectories(home);
    Map<String, String> environment =
        Map.of(
            "EVERCLIP_PORTS_BASE",
            Integer.toString(portsBase),
            "EVERCLIP_PROGRAM",
            program.toString());
    var command = new ArrayList<String>(List.of("up", "--home", home.toString()));
    if (!only.isEmpty()) {
      command.addAll(List.of("--only", only));
    }
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    Process process =
        builder(program, environment, command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(home.resolve("up.log").toFile()))
            .start();
    var platform = new Platform(program, home, environment, process);
    platform.await(Duration.ofMinutes(3), "every role is ready", () -> platform.roles().ready());
    return platform;
  }

  private static ProcessBuilder builder(
      Path program, Map<String, String> environment, List<String> arguments) {
    var command = new ArrayList<String>();
    command.add(program.resolve("everclip").toString());
    command.addAll(arguments);
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return builder;
  }

  /** Runs another command of the program to its end; returns its exit code. */
  int run(Path output, String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>(List.of(arguments));
    command.addAll(List.of("--home", home.toString()));
    return builder(program, environment, command)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start()
        .waitFor();
  }

  Path home() {
    return home;
  }

  Map<String, String> environment() {
    return environment;
  }

  /** Process ids by role, and whether all are ready. */
  record Roles(Map<String, Long> pids, boolean ready) {}

  Roles roles() {
    var pids = new LinkedHashMap<String, Long>();
    Path file = home.resolve("supervisor.json");
    if (!Files.exists(file)) {
      return new Roles(pids, false);
    }
    try {
      JsonNode state = JSON.readTree(file.toFile());
      boolean ready = state.path("roles").size() > 0;
      for (JsonNode role : state.path("roles")) {
        pids.put(role.path("name").asText(), role.path("pid").asLong());
        ready &= role.path("ready").asBoolean();
      }
      return new Roles(pids, ready);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** kill -9. */
  void kill(String role) {
    Long pid = roles().pids().get(role);
    if (pid == null) {
      throw new IllegalArgumentException(
          "no role " + role + " runs; there are " + roles().pids().keySet());
    }
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  /** Waits for a condition; fails with its name. */
  void await(Duration limit, String what, BooleanSupplier condition) throws InterruptedException {
    Instant end = Instant.now().plus(limit);
    while (!condition.getAsBoolean()) {
      if (!process.isAlive()) {
        throw new IllegalStateException("the platform has ended; see " + home.resolve("up.log"));
      }
      if (Instant.now().isAfter(end)) {
        throw new IllegalStateException("not within " + limit + ": " + what);
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }
}
