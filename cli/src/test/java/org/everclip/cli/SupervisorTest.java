package org.everclip.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.everclip.service.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The supervisor with real processes that do nothing. */
class SupervisorTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path dir;

  @Test
  void restartsTheDeadAndStopsInReverse() throws Exception {
    var said = new CopyOnWriteArrayList<String>();
    List<ProcessHandle> processes;
    try (Home home = Home.claim(dir);
        Supervisor supervisor = TinySupervisorMain.supervisor(home, dir, said::add)) {
      supervisor.start(PATIENCE, new StopSignal());
      assertThat(supervisor.state().ready()).isTrue();
      assertThat(events()).containsExactly("first started", "second started");

      long killed = role("second").pid();
      role("second").process().orElseThrow().destroyForcibly();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(role("second").restarts()).isEqualTo(1);
                assertThat(role("second").ready()).isTrue();
                assertThat(role("second").pid()).isNotEqualTo(killed);
              });
      assertThat(said).anyMatch(line -> line.startsWith("second ended with code 137"));
      processes = roles().stream().map(role -> role.process().orElseThrow()).toList();
    }
    assertThat(events())
        .containsExactly(
            "first started", "second started", "second started", "second stopped", "first stopped");
    assertThat(processes).noneMatch(ProcessHandle::isAlive);
    assertThat(Home.owner(dir)).isEmpty();
  }

  @Test
  void refusesASecondStartAndNamesTheFirst() throws Exception {
    Process first = start();
    try {
      assertThat(Home.owner(dir)).contains(first.pid());
      assertThatThrownBy(() -> Home.claim(dir))
          .isInstanceOf(CliException.class)
          .hasMessageContaining("process " + first.pid());
    } finally {
      stop(first);
    }
    assertThat(first.exitValue()).isZero();
    assertThat(events()).endsWith("second stopped", "first stopped");
  }

  @Test
  void leavesNoOrphansWhenKilledAndStartsAgain() throws Exception {
    Process first = start();
    List<ProcessHandle> orphans =
        roles().stream().map(role -> role.process().orElseThrow()).toList();
    first.destroyForcibly().waitFor();

    // The next start waits until the old roles have gone, then runs its own.
    Process second = start();
    try {
      assertThat(orphans).noneMatch(ProcessHandle::isAlive);
      assertThat(roles()).allMatch(role -> role.process().orElseThrow().isAlive());
      assertThat(events()).filteredOn(event -> event.endsWith("stopped")).hasSize(2);
    } finally {
      stop(second);
    }
  }

  @Test
  void aRoleThatRefusesItsSettingsEndsTheStart() {
    RoleProcess.Launcher launcher =
        (role, port) ->
            ProcessLauncher.start(
                TinySupervisorMain.java(TinyRole.class.getName(), "--set", "gate.treads=2"),
                java.util.Map.of("TINY_NAME", "wrong"),
                port,
                dir,
                dir.resolve("logs").resolve("wrong.log"));
    var spec = new RoleSpec("wrong", "none", "none", 0, List.of(), java.util.Map.of());
    try (Home home = Home.claim(dir);
        var supervisor =
            new Supervisor(dir, dir, List.of(spec), launcher, java.util.Map.of(), line -> {})) {
      assertThat(home.log("wrong")).isEqualTo(dir.resolve("logs").resolve("wrong.log"));
      assertThatThrownBy(() -> supervisor.start(PATIENCE, new StopSignal()))
          .hasMessageContaining("wrong cannot start")
          .hasMessageContaining("gate.threads");
    }
  }

  @Test
  void refusesTheStateOfANewerProgram() throws Exception {
    Files.writeString(dir.resolve("format"), "99\n");
    assertThatThrownBy(() -> Home.claim(dir)).hasMessageContaining("newer EverClip (layout 99");
    Files.writeString(dir.resolve("format"), Home.FORMAT + "\n");
    Home.claim(dir).close();
  }

  private Process start() throws IOException {
    Process process =
        ProcessLauncher.startDetached(
            TinySupervisorMain.java(TinySupervisorMain.class.getName(), dir.toString()),
            dir,
            dir.resolve("supervisor.log"));
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                SupervisorState.read(dir)
                    .filter(state -> state.pid() == process.pid() && state.ready())
                    .isPresent());
    return process;
  }

  private static void stop(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  private List<SupervisorState.Role> roles() {
    return SupervisorState.read(dir).orElseThrow().roles();
  }

  private SupervisorState.Role role(String name) {
    return roles().stream().filter(role -> role.name().equals(name)).findFirst().orElseThrow();
  }

  private List<String> events() throws IOException {
    return Files.readAllLines(dir.resolve("events"));
  }
}
