package org.everclip.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The shards that travel with the program, and the commands that push them. */
final class DemoData {

  private final Program program;
  private final Path home;
  private final List<String> arguments;

  /**
   * The demo's data for one run.
   *
   * @param arguments settings to pass on
   */
  DemoData(Program program, Path home, List<String> arguments) {
    this.program = program;
    this.home = home;
    this.arguments = arguments;
  }

  /**
   * Pushes the held-out pairs, then the training pairs; returns when all are in Kafka.
   *
   * @throws CliException when a push fails
   */
  void push() throws InterruptedException {
    push("val-permissive", "demo-val", List.of("--holdout"));
    push("train-permissive", "demo-train", List.of());
  }

  private void push(String folder, String source, List<String> more) throws InterruptedException {
    var all = new ArrayList<String>();
    shards(folder).forEach(shard -> all.add(shard.toString()));
    all.addAll(List.of("--source-name", source, "--home", home.toString()));
    all.addAll(more);
    all.addAll(arguments);
    Forwarded ingest =
        Forwarded.COMMANDS.stream()
            .filter(command -> command.name().equals("ingest"))
            .findFirst()
            .orElseThrow();
    Path log = home.resolve("logs").resolve("ingest-" + source + ".log");
    try {
      Process process =
          ProcessLauncher.startDetached(ingest.command(program, all), program.dir(), log);
      int code;
      try {
        code = process.waitFor();
      } catch (InterruptedException e) {
        process.destroy();
        throw e;
      }
      if (code != 0) {
        throw new CliException(
            "pushing "
                + folder
                + " ended with code "
                + code
                + ":\n  "
                + String.join("\n  ", Home.tail(log, 12)));
      }
    } catch (IOException e) {
      throw new CliException("cannot start the producer: " + e.getMessage(), e);
    }
  }

  private List<Path> shards(String folder) {
    Path dir = program.dir().resolve("demo").resolve(folder);
    try (Stream<Path> files = Files.list(dir)) {
      return files.filter(file -> file.toString().endsWith(".tar")).sorted().toList();
    } catch (IOException e) {
      throw new CliException("the demo's data is missing: " + dir, e);
    }
  }
}
