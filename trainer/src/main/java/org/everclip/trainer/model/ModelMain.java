package org.everclip.trainer.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Quick use of models: {@code embed}, {@code classify}, {@code convert}, {@code models}. */
@Command(
    name = "everclip",
    description = "Uses a model.",
    mixinStandardHelpOptions = true,
    subcommands = {
      EmbedCommand.class,
      ClassifyCommand.class,
      ConvertCommand.class,
      ModelsCommand.class,
    })
public final class ModelMain {

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The commands; what a user can put right ends with a message and 1, not with a stack trace. */
  public static CommandLine commandLine() {
    return new CommandLine(new ModelMain())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (problem, command, parsed) -> {
              if (problem instanceof IOException
                  || problem instanceof UncheckedIOException
                  || problem instanceof IllegalArgumentException) {
                command.getErr().println(message(problem));
                return 1;
              }
              throw problem;
            });
  }

  private static String message(Exception problem) {
    return problem instanceof NoSuchFileException missing && missing.getReason() == null
        ? missing.getFile() + " does not exist"
        : String.valueOf(problem.getMessage());
  }
}
