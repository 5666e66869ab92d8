package org.everclip.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.everclip.service.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** The program {@code everclip}: its own commands, and everything else in a process of its own. */
@Command(
    name = "everclip",
    mixinStandardHelpOptions = true,
    version = "EverClip 0.1.0",
    synopsisSubcommandLabel = "COMMAND",
    description = "Keeps a CLIP model current: a stream of pairs in, evaluated model versions out.",
    subcommands = {
      DemoCommand.class,
      UpCommand.class,
      StatusCommand.class,
      DownCommand.class,
      DoctorCommand.class,
      ReconcileCommand.class
    })
public final class EverclipMain {

  private EverclipMain() {}

  public static void main(String[] args) {
    int code = run(args);
    System.out.flush();
    System.err.flush();
    // Not exit(): after a signal it would wait for the hook that waits for this thread.
    Runtime.getRuntime().halt(code);
  }

  private static int run(String[] args) {
    try {
      if (args.length > 0) {
        List<String> command = process(args);
        if (!command.isEmpty()) {
          return Forwarded.run(command, Forwarded.environment(), Program.find());
        }
      }
    } catch (CliException | ConfigException e) {
      System.err.println(e.getMessage());
      return 1;
    }
    return commandLine().execute(args);
  }

  /** The command line of a role or forwarded command; empty for this program's own commands. */
  private static List<String> process(String[] args) {
    Program program = Program.find();
    for (Forwarded command : Forwarded.COMMANDS) {
      List<String> words = List.of(command.name().split(" "));
      if (args.length >= words.size()
          && Arrays.asList(args).subList(0, words.size()).equals(words)) {
        return command.command(program, Arrays.asList(args).subList(words.size(), args.length));
      }
    }
    for (RoleSpec role : Roles.all(Roles.BROKER_HEAP, System.getenv())) {
      if (role.name().equals(args[0])) {
        return program.command(
            role.module(),
            role.mainClass(),
            role.jvmOptions(),
            new ArrayList<>(Arrays.asList(args).subList(1, args.length)));
      }
    }
    return List.of();
  }

  /** The commands of this program, and the others by name and description. */
  static CommandLine commandLine() {
    var commandLine = new CommandLine(new EverclipMain());
    var topics = new CommandLine(described("topics", "See 'everclip topics apply --help'."));
    for (Forwarded command : Forwarded.COMMANDS) {
      if (command.name().startsWith("topics ")) {
        String name = command.name().substring("topics ".length());
        topics.addSubcommand(name, described(name, command.description()));
      } else if (!command.name().contains(" ")) {
        commandLine.addSubcommand(command.name(), described(command.name(), command.description()));
      }
    }
    commandLine.addSubcommand("topics", topics);
    for (RoleSpec role : Roles.all(Roles.BROKER_HEAP, Map.of())) {
      commandLine.addSubcommand(role.name(), described(role.name(), "Runs this role alone."));
    }
    for (Forwarded command : Forwarded.COMMANDS) {
      List<String> words = List.of(command.name().split(" "));
      if (words.size() == 2 && !words.get(0).equals("topics")) {
        CommandLine role = commandLine.getSubcommands().get(words.get(0));
        if (role != null) {
          role.addSubcommand(words.get(1), described(words.get(1), command.description()));
        }
      }
    }
    commandLine.setExecutionStrategy(EverclipMain::execute);
    commandLine.setExecutionExceptionHandler(
        (e, parsed, result) -> {
          if (e instanceof CliException || e instanceof KafkaException) {
            parsed.getErr().println(e.getMessage());
            return 1;
          }
          if (e instanceof ConfigException) {
            parsed.getErr().println(e.getMessage());
            return 2;
          }
          throw e;
        });
    return commandLine;
  }

  private static int execute(CommandLine.ParseResult result) {
    if (CommandLine.printHelpIfRequested(result)) {
      return 0;
    }
    CommandLine.ParseResult last = result;
    while (last.subcommand() != null) {
      last = last.subcommand();
    }
    if (last.commandSpec().userObject() instanceof java.util.concurrent.Callable<?>) {
      return new CommandLine.RunLast().execute(result);
    }
    last.commandSpec().commandLine().usage(System.err);
    return 2;
  }

  private static CommandSpec described(String name, String description) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage().description(description);
    return spec.mixinStandardHelpOptions(true);
  }
}
