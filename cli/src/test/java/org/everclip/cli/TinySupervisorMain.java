package org.everclip.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A supervisor of two tiny roles in a process of its own, to be killed by tests. */
public final class TinySupervisorMain {

  private TinySupervisorMain() {}

  public static void main(String[] args) throws InterruptedException {
    Path dir = Path.of(args[0]);
    try (Home home = Home.claim(dir);
        var stopping = new Stopping();
        Supervisor supervisor = supervisor(home, dir, System.err::println)) {
      supervisor.start(Duration.ofSeconds(60), stopping.signal());
      stopping.signal().await();
    }
    Runtime.getRuntime().halt(0);
  }

  static Supervisor supervisor(Home home, Path dir, java.util.function.Consumer<String> say) {
    RoleProcess.Launcher launcher =
        (role, healthPort) ->
            ProcessLauncher.start(
                command(role, dir), role.environment(), healthPort, dir, home.log(role.name()));
    return new Supervisor(
        dir, dir, List.of(role("first", 0), role("second", 1)), launcher, Map.of(), say);
  }

  private static RoleSpec role(String name, int phase) {
    return new RoleSpec(
        name, "none", TinyRole.class.getName(), phase, List.of(), Map.of("TINY_NAME", name));
  }

  private static List<String> command(RoleSpec role, Path home) {
    return java(role.mainClass(), "--home", home.toString());
  }

  /** A command line that runs a main class of the tests. */
  static List<String> java(String mainClass, String... arguments) {
    var command =
        new ArrayList<String>(
            List.of(
                Program.java().toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                mainClass));
    command.addAll(List.of(arguments));
    return command;
  }
}
