package org.everclip.registry.client;

import org.everclip.service.ConfigException;
import picocli.CommandLine;

/** Runs one of the consumers' commands. */
@CommandLine.Command(
    name = "everclip",
    mixinStandardHelpOptions = true,
    subcommands = {
      Pull.class,
      Versions.class,
      Promote.class,
      Rollback.class,
      Verify.class,
      Retain.class,
      Collect.class,
      Fsck.class,
      TokensCommand.class
    },
    description = "Versions of models: list, fetch, promote, roll back, verify.")
public final class Clients {

  /** Runs; returns 0 done, 1 failed, 2 wrong usage. */
  public static int run(String... args) {
    var commandLine = new CommandLine(new Clients());
    commandLine.setExecutionExceptionHandler(
        (e, parsed, result) -> {
          if (e instanceof ConfigException) {
            parsed.getErr().println(e.getMessage());
            return 2;
          }
          if (Command.isPlain(e)) {
            parsed.getErr().println(e.getMessage());
          } else {
            e.printStackTrace(parsed.getErr());
          }
          return 1;
        });
    return commandLine.execute(args);
  }
}
