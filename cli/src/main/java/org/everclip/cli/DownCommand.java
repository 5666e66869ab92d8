package org.everclip.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code everclip down}. */
@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    description = "Stops the embedded platform cleanly and waits for its end.")
final class DownCommand implements Callable<Integer> {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Override
  public Integer call() throws InterruptedException, ExecutionException {
    EverclipConfig config = options.load();
    Optional<ProcessHandle> owner = Home.owner(config.home()).flatMap(ProcessHandle::of);
    if (owner.isEmpty()) {
      System.err.println("nothing runs on " + config.home());
      return 0;
    }
    owner.get().destroy();
    try {
      owner.get().onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new CliException(
          "process " + owner.get().pid() + " has not ended after " + PATIENCE, e);
    }
    System.err.println("stopped");
    return 0;
  }
}
