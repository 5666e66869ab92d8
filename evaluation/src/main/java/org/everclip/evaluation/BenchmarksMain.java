package org.everclip.evaluation;

import org.everclip.evaluation.benchmarks.AddCommand;
import org.everclip.evaluation.benchmarks.DoctorCommand;
import org.everclip.evaluation.benchmarks.ListCommand;
import org.everclip.service.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code everclip benchmarks}: which data sets there are, are they whole, and adding one's own. */
@Command(
    name = "benchmarks",
    mixinStandardHelpOptions = true,
    description = "Lists, examines and adds data sets to evaluate on.",
    subcommands = {ListCommand.class, DoctorCommand.class, AddCommand.class})
public final class BenchmarksMain {

  private BenchmarksMain() {}

  public static void main(String[] args) {
    var commandLine = new CommandLine(new BenchmarksMain());
    commandLine.setExecutionExceptionHandler(
        (e, parsed, result) -> {
          parsed.getErr().println("benchmarks: " + e.getMessage());
          return e instanceof ConfigException ? 2 : 1;
        });
    System.exit(commandLine.execute(args));
  }
}
