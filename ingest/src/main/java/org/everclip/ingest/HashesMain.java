package org.everclip.ingest;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.gate.EvaluationHashes;
import org.everclip.ingest.gate.EvaluationPictures;
import org.everclip.service.ConfigException;
import org.everclip.service.ConfigOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command that writes down which pictures are for evaluation, so that the gate refuses them.
 */
@Command(
    name = "hashes",
    mixinStandardHelpOptions = true,
    description =
        "Writes the hashes of evaluation pictures to a file; the gate refuses whatever looks like"
            + " them (setting gate.evaluationHashes). Prints the file's version.")
public final class HashesMain implements Callable<Integer> {

  private static final int NAMED = 10;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Parameters(
      paramLabel = "DIR",
      description =
          "Folders with shards or pictures, at any depth (default: the setting evaluation.data).")
  private List<Path> sources = new ArrayList<>();

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "File to write.")
  private Path out = Path.of("");

  @Spec private @Nullable CommandSpec spec;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new HashesMain())
        .setExecutionExceptionHandler(
            (e, parsed, result) -> {
              parsed.getErr().println(e.getMessage());
              return e instanceof ConfigException ? 2 : 1;
            });
  }

  @Override
  public Integer call() throws Exception {
    if (spec == null) {
      throw new IllegalStateException("picocli has set no spec");
    }
    EverclipConfig config = options.load();
    if (sources.isEmpty()) {
      sources.add(config.inProgram(config.evaluation().data()));
    }
    var pictures = new EvaluationPictures(config.limits().maxStoredSide());
    for (Path source : sources) {
      pictures.add(source);
    }
    PrintWriter err = spec.commandLine().getErr();
    pictures.skipped().stream().limit(NAMED).forEach(err::println);
    int count = pictures.entries().size();
    if (count == 0) {
      err.println("no pictures in " + sources + "; expected shards (*.tar) or picture files");
      return 1;
    }
    String version = EvaluationHashes.write(out, pictures.entries());
    err.println(
        "%d pictures, %d unreadable; set gate.evaluationHashes to %s"
            .formatted(count, pictures.skipped().size(), out));
    err.flush();
    spec.commandLine().getOut().println(version);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
