package org.everclip.reinforce.files;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.everclip.formats.datacompdr.DatacompDrWriter;
import org.everclip.service.ConfigException;
import org.everclip.service.ConfigOptions;
import org.everclip.service.Interruption;
import org.everclip.service.StopSignal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What both commands share: how shards are written, and a clean end at Ctrl-C. */
abstract class FileCommand implements Callable<Integer> {

  /** How embeddings are written. */
  enum Encoding {
    BF16,
    NPZ
  }

  /** How parameters are written. */
  enum Parameters {
    LIST,
    TEXT
  }

  @Mixin ConfigOptions options = new ConfigOptions();

  @Option(
      names = "--encoding",
      paramLabel = "bf16|npz",
      defaultValue = "bf16",
      description =
          "Embeddings as bfloat16 (member pth.gz, as DataCompDR-12M-bf16) or float32 (member npz,"
              + " as DataCompDR-12M and 1B); default: ${DEFAULT-VALUE}.")
  private Encoding encoding = Encoding.BF16;

  @Option(
      names = "--parameters",
      paramLabel = "list|text",
      defaultValue = "list",
      description =
          "param_aug as a list (what the reference's training takes) or as a text of it; default:"
              + " ${DEFAULT-VALUE}.")
  private Parameters parameters = Parameters.LIST;

  @Option(names = "--json", description = "Print the summary as JSON.")
  boolean json;

  @Spec private @Nullable CommandSpec spec;

  final StopSignal stop = new StopSignal();

  static CommandLine commandLine(FileCommand command) {
    return new CommandLine(command)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (e, parsed, result) -> {
              parsed.getErr().println(e.getMessage() == null ? e.toString() : e.getMessage());
              return e instanceof ConfigException ? 2 : 1;
            });
  }

  /** Runs as a process: Ctrl-C asks to stop, and is waited for. */
  static void launch(FileCommand command, String[] args) {
    int code;
    try (var interruption = Interruption.to(command.stop)) {
      code = commandLine(command).execute(args);
      System.out.flush();
      System.err.flush();
    }
    // Not exit(): shutdown hooks of libraries may wait on threads that have already ended.
    Runtime.getRuntime().halt(code);
  }

  PairSamples samples() {
    return new PairSamples(
        new DatacompDrWriter(
            encoding == Encoding.BF16
                ? DatacompDrWriter.Encoding.PTH_GZ
                : DatacompDrWriter.Encoding.NPZ,
            parameters == Parameters.LIST
                ? DatacompDrWriter.Parameters.LIST
                : DatacompDrWriter.Parameters.TEXT));
  }

  /** What must be the same for shards to stand side by side. */
  String layout() {
    return encoding + "/" + parameters;
  }

  PrintWriter err() {
    return commandLine().getErr();
  }

  PrintWriter out() {
    return commandLine().getOut();
  }

  private CommandLine commandLine() {
    if (spec == null) {
      throw new IllegalStateException("picocli has set no spec");
    }
    return spec.commandLine();
  }
}
