package org.everclip.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A command that another module carries out in a process of its own; all arguments, {@code --help}
 * too, go there as they are.
 *
 * @param name as typed; two words for {@code topics apply}
 * @param withName whether the main class serves several commands and wants the name first
 */
record Forwarded(
    String name,
    String module,
    String mainClass,
    boolean withName,
    String heap,
    String description) {

  private static final String TRAIN = "org.everclip.trainer.offline.TrainMain";
  private static final String MODEL = "org.everclip.trainer.model.ModelMain";
  private static final String REGISTRY = "org.everclip.registry.ClientMain";

  static final List<Forwarded> COMMANDS =
      List.of(
          of("ingest", "ingest", "org.everclip.ingest.IngestMain", "Pushes pairs to Kafka."),
          of(
              "rejected",
              "ingest",
              "org.everclip.ingest.RejectedMain",
              "Shows what was refused and why; drives it in again."),
          of(
              "hashes",
              "ingest",
              "org.everclip.ingest.HashesMain",
              "Writes the hashes of evaluation pictures for the gate."),
          of(
              "topics apply",
              "platform",
              "org.everclip.platform.TopicsMain",
              "Creates and checks the topics."),
          big(
              "reinforce-file",
              "reinforce-stream",
              "org.everclip.reinforce.files.ReinforceFileMain",
              false,
              "Reinforces shards without Kafka."),
          big(
              "export",
              "reinforce-stream",
              "org.everclip.reinforce.files.ExportMain",
              false,
              "Writes the stream as DataCompDR shards."),
          big("train", "trainer", TRAIN, false, "Trains a model on shards."),
          big("embed", "trainer", MODEL, true, "Embeds images and texts."),
          big("classify", "trainer", MODEL, true, "Classifies images."),
          big("convert", "trainer", MODEL, true, "Converts weights; exports to open_clip."),
          big("models", "trainer", MODEL, true, "Lists and describes models."),
          big(
              "registry import",
              "trainer",
              "org.everclip.trainer.publish.ImportMain",
              false,
              "Publishes the checkpoint of a job that trained elsewhere."),
          big(
              "evaluate",
              "evaluation",
              "org.everclip.evaluation.EvaluateMain",
              false,
              "Evaluates a model on benchmarks."),
          of(
              "benchmarks",
              "evaluation",
              "org.everclip.evaluation.BenchmarksMain",
              "Lists, examines and adds data sets to evaluate on."),
          client("pull", "Downloads a model version."),
          client("versions", "Lists a model's versions."),
          client("promote", "Moves an alias to a version."),
          client("rollback", "Moves an alias back."),
          client("verify", "Checks a model's manifests and files."),
          client("retain", "Retires versions that no rule keeps."),
          client("collect", "Removes blobs that nothing refers to, in two phases."),
          client("fsck", "Has the registry read every byte that it answers for."),
          client("tokens", "Says who may write to the registry."));

  private static Forwarded of(String name, String module, String main, String description) {
    return new Forwarded(name, module, main, false, "512m", description);
  }

  private static Forwarded big(
      String name, String module, String main, boolean withName, String description) {
    return new Forwarded(name, module, main, withName, "2g", description);
  }

  private static Forwarded client(String name, String description) {
    return new Forwarded(name, "model-registry", REGISTRY, true, "256m", description);
  }

  /** The command line that carries this out. */
  List<String> command(Program program, List<String> arguments) {
    var all = new ArrayList<String>();
    if (withName) {
      all.add(name);
    }
    all.addAll(arguments);
    return program.command(
        module, mainClass, List.of("-Xmx" + heap, "-XX:TieredStopAtLevel=" + tier()), all);
  }

  /** Short-lived clients start faster without the optimizing compiler. */
  private int tier() {
    return heap.equals("2g") ? 4 : 1;
  }

  /** Environment of commands and single roles, which run models. */
  static Map<String, String> environment() {
    return Map.of(
        "MALLOC_ARENA_MAX", "1", "DJL_CACHE_DIR", Roles.nativeCache(System.getenv()).toString());
  }

  /** Runs a command line on this process's terminal; returns its exit code. */
  static int run(List<String> command, Map<String, String> environment, Program program) {
    var builder = new ProcessBuilder(command).inheritIO();
    builder.environment().putAll(environment);
    builder.environment().put("EVERCLIP_PROGRAM", program.dir().toString());
    try {
      Process process = builder.start();
      var stopper =
          new Thread(
              () -> {
                process.destroy();
                waitQuietly(process);
              });
      Runtime.getRuntime().addShutdownHook(stopper);
      int code = process.waitFor();
      try {
        Runtime.getRuntime().removeShutdownHook(stopper);
      } catch (IllegalStateException e) {
        // This process is itself being stopped.
      }
      return code;
    } catch (IOException e) {
      throw new CliException("cannot start " + command.get(0) + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private static void waitQuietly(Process process) {
    try {
      if (!process.waitFor(40, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
