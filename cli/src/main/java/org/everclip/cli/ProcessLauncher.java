package org.everclip.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Starts roles of a program on a home: own session (so that Ctrl-C reaches the supervisor alone),
 * output to {@code HOME/logs/ROLE.log}. Thread-safe.
 */
final class ProcessLauncher implements RoleProcess.Launcher {

  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private final Program program;
  private final Home home;
  private final Path homeDir;
  private final List<String> arguments;
  private final Map<String, Path> logs = new ConcurrentHashMap<>();

  ProcessLauncher(Program program, Home home, Path homeDir, List<String> arguments) {
    this.program = program;
    this.home = home;
    this.homeDir = homeDir;
    this.arguments = arguments;
  }

  @Override
  public Process launch(RoleSpec role, int healthPort) throws IOException {
    var all = new ArrayList<String>(List.of("--home", homeDir.toString()));
    all.addAll(arguments);
    var options = new ArrayList<String>(role.jvmOptions());
    options.add("-XX:+ExitOnOutOfMemoryError");
    options.add("-XX:ErrorFile=" + homeDir.resolve("logs").resolve("hs_err_%p.log"));
    List<String> command = program.command(role.module(), role.mainClass(), options, all);
    Path log = logs.computeIfAbsent(role.name(), home::freshLog);
    return start(command, role.environment(), healthPort, program.dir(), log);
  }

  /** Starts a process as roles are started. */
  static Process start(
      List<String> command, Map<String, String> variables, int healthPort, Path program, Path log)
      throws IOException {
    ProcessBuilder builder = builder(command, program, log);
    Map<String, String> environment = builder.environment();
    environment.putAll(variables);
    environment.put("EVERCLIP_PARENT_PID", Long.toString(ProcessHandle.current().pid()));
    environment.put("EVERCLIP_HEALTH_PORT", Integer.toString(healthPort));
    return builder.start();
  }

  /** Starts a process that outlives this one. */
  static Process startDetached(List<String> command, Path program, Path log) throws IOException {
    ProcessBuilder builder = builder(command, program, log);
    return builder.start();
  }

  private static ProcessBuilder builder(List<String> command, Path program, Path log) {
    var whole = new ArrayList<String>();
    if (Files.isExecutable(SETSID)) {
      whole.add(SETSID.toString());
    }
    whole.addAll(command);
    var builder = new ProcessBuilder(whole);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.environment().put("EVERCLIP_PROGRAM", program.toString());
    return builder;
  }
}
