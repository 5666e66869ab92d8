package org.everclip.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code everclip up}: the embedded platform, in the foreground or in the background. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = "Runs the embedded platform until Ctrl-C or 'everclip down'; keeps all state.")
final class UpCommand implements Callable<Integer> {

  static final Duration PATIENCE = Duration.ofMinutes(4);

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(names = "--detach", description = "Go on in the background once all is ready.")
  private boolean detach;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "ROLE",
      description = "Run only these roles, e.g. --only broker,schema-registry.")
  private List<String> only = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    EverclipConfig config = options.load();
    return detach ? inBackground(config) : inForeground(config);
  }

  private int inForeground(EverclipConfig config) throws InterruptedException {
    try (Home home = Home.claim(config.home());
        var stopping = new Stopping();
        Supervisor supervisor =
            Platform.supervisor(
                home, config, only, options.argumentsWithoutHome(), System.err::println)) {
      supervisor.start(PATIENCE, stopping.signal());
      if (!stopping.signal().requested()) {
        System.err.println("ready; stop with Ctrl-C or 'everclip down'");
        printAddresses(config);
      }
      stopping.signal().await();
      System.err.println("stopping");
    }
    return 0;
  }

  private int inBackground(EverclipConfig config) throws IOException, InterruptedException {
    Optional<Long> owner = Home.owner(config.home());
    if (owner.isPresent()) {
      throw new CliException("already running on " + config.home() + " as process " + owner.get());
    }
    Files.createDirectories(config.home().resolve("logs"));
    Path log = config.home().resolve("logs").resolve("supervisor.log");
    Files.deleteIfExists(log);
    var arguments = new ArrayList<String>(List.of("up", "--home", config.home().toString()));
    arguments.addAll(options.argumentsWithoutHome());
    if (!only.isEmpty()) {
      arguments.addAll(List.of("--only", String.join(",", only)));
    }
    Program program = Program.find();
    List<String> command =
        program.command(
            "cli",
            EverclipMain.class.getName(),
            List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"),
            arguments);
    Process process = ProcessLauncher.startDetached(command, program.dir(), log);
    long deadline = System.nanoTime() + PATIENCE.plusSeconds(30).toNanos();
    while (System.nanoTime() < deadline) {
      if (process.waitFor(300, TimeUnit.MILLISECONDS)) {
        throw new CliException("the start failed:\n  " + String.join("\n  ", Home.tail(log, 20)));
      }
      Optional<SupervisorState> state = SupervisorState.read(config.home());
      if (state.isPresent() && state.get().pid() == process.pid() && state.get().ready()) {
        System.err.println("ready in the background as process " + process.pid());
        printAddresses(config);
        return 0;
      }
    }
    throw new CliException("not ready after " + PATIENCE + "; see " + log);
  }

  private static void printAddresses(EverclipConfig config) {
    Platform.addresses(config).forEach((name, address) -> System.out.println(name + " " + address));
    System.out.flush();
  }
}
