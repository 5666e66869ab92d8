package org.everclip.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.everclip.clip.network.Precision;
import org.everclip.contracts.PublishedResults;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.judge.BlankDropped;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.everclip.evaluation.task.UnavailableException;
import org.everclip.service.ConfigException;
import org.everclip.service.ConfigOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code everclip evaluate}: measures a model directory or a registry version on local data. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Evaluates a model on every data set that is there; what is missing is N/A.")
public final class EvaluateMain implements Callable<Integer> {

  @Parameters(
      paramLabel = "MODEL",
      description = "A model directory or open_clip folder, or NAME@VERSION or NAME@ALIAS.")
  private String model = "";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description = "Folder of data sets in the standard layout.")
  private Path data = Path.of("");

  @Option(
      names = "--tasks",
      split = ",",
      paramLabel = "TASK",
      description = "Only these (names or keys).")
  private List<String> only = new ArrayList<>();

  @Option(names = "--precision", description = "fp32 (default), bf16 or auto.")
  private String precision = "fp32";

  @Option(names = "--batch", description = "Pictures at once (default: ${DEFAULT-VALUE}).")
  private int batch = TaskRunner.BATCH;

  @Option(
      names = "--blank-names",
      paramLabel = "keep|drop",
      description =
          "A class with an empty name (CLEVR Distance): keep it, as CLIP_benchmark does since 1.6,"
              + " or drop it as 1.4 and the published figures of MobileCLIP S0, S1, S2 and B did.")
  private String blankNames = "keep";

  @Option(
      names = "--anchor",
      paramLabel = "ID",
      description = "Published figures beside ours, e.g. mobileclip_s0.")
  private @Nullable String anchor;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Mixin private ConfigOptions options = new ConfigOptions();

  public static void main(String[] args) {
    var commandLine = new CommandLine(new EvaluateMain());
    commandLine.setExecutionExceptionHandler(
        (e, parsed, result) -> {
          parsed.getErr().println("evaluate: " + e.getMessage());
          return e instanceof ConfigException ? 2 : 1;
        });
    System.exit(commandLine.execute(args));
  }

  @Override
  public Integer call() throws IOException {
    if (!Files.isDirectory(data)) {
      throw new ConfigException(
          data + " is not a folder; --data wants the folder of the data sets");
    }
    if (batch < 1 || !List.of("keep", "drop").contains(blankNames)) {
      throw new ConfigException("--batch is at least 1, --blank-names is keep or drop");
    }
    List<Task> tasks = tasks();
    var report = new EvaluationReport(published(anchor));
    try (var evaluated = ClipEvaluatedModel.load(directory(), Precision.named(precision))) {
      var runner = new TaskRunner(evaluated, batch);
      for (Task task : tasks) {
        measure(runner, task, report);
      }
    }
    System.out.println(json ? report.json() : report.text());
    return 0;
  }

  private List<Task> tasks() {
    var tasks = new ArrayList<>(TaskCatalogue.local(data));
    tasks.addAll(TaskCatalogue.datacomp(data));
    tasks.addAll(TaskCatalogue.further(data));
    for (String wanted : only) {
      if (tasks.stream().noneMatch(task -> named(task, wanted))) {
        throw new ConfigException(
            "there is no task '%s'; everclip benchmarks list shows all".formatted(wanted));
      }
    }
    tasks.removeIf(
        task -> !only.isEmpty() && only.stream().noneMatch(wanted -> named(task, wanted)));
    return tasks;
  }

  private static boolean named(Task task, String name) {
    return name.equals(task.name())
        || name.equals(task.key())
        || (task.folder() != null && task.folder().endsWith(name));
  }

  private static PublishedResults.@Nullable Model published(@Nullable String id) {
    if (id == null) {
      return null;
    }
    PublishedResults all = PublishedResults.load();
    return all.model(id)
        .orElseThrow(
            () ->
                new ConfigException(
                    "no published figures of '%s'; there are those of %s"
                        .formatted(
                            id, all.models().stream().map(PublishedResults.Model::id).toList())));
  }

  private Path directory() {
    Path path = Path.of(model);
    if (Files.isDirectory(path)) {
      return path;
    }
    int at = model.indexOf('@');
    if (at <= 0) {
      throw new ConfigException(model + " is neither a model directory nor NAME@VERSION");
    }
    EverclipConfig config = options.load();
    RegistryClient registry = RegistryClient.of(config);
    VersionInfo version =
        registry
            .version(model.substring(0, at), model.substring(at + 1))
            .orElseThrow(() -> new ConfigException("the registry has no " + model));
    return registry.fetchAll(
        version, config.inHome(config.evaluation().cacheDir()).resolve("models"));
  }

  private void measure(TaskRunner runner, Task task, EvaluationReport report) {
    try {
      TaskOutcome outcome = runner.run(DatasetFolder.open(task));
      String metric = task.mainMetric();
      if (blankNames.equals("drop")
          && outcome.metrics().containsKey(metric + BlankDropped.SUFFIX)) {
        metric += BlankDropped.SUFFIX;
      }
      report.add(task, metric, outcome);
      System.err.printf(
          Locale.ROOT, "%s %s %.4f%n", task.key(), metric, outcome.metrics().get(metric));
    } catch (UnavailableException e) {
      report.addUnavailable(task, String.valueOf(e.getMessage()));
    }
  }
}
