package org.everclip.evaluation;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.everclip.clip.network.Precision;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.metric.Interval;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.everclip.evaluation.task.UnavailableException;
import org.everclip.service.ConfigException;
import org.everclip.service.ConfigOptions;
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
      description = "A model directory, or NAME@VERSION or NAME@ALIAS.")
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

  @Option(names = "--precision", description = "fp32 (default) or bf16.")
  private String precision = "fp32";

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
    var tasks = new ArrayList<Task>();
    TaskCatalogue.local(data).stream()
        .filter(task -> !task.name().startsWith("wds_") || !published(task))
        .forEach(tasks::add);
    tasks.addAll(TaskCatalogue.datacomp(data));
    var report = new TreeMap<String, Map<String, Object>>();
    try (var evaluated =
        ClipEvaluatedModel.load(
            directory(), Precision.valueOf(precision.toUpperCase(Locale.ROOT)))) {
      var runner = new TaskRunner(evaluated);
      for (Task task : tasks) {
        if (only.isEmpty() || only.contains(task.name()) || only.contains(task.key())) {
          report.put(task.key(), measure(runner, task));
        }
      }
    }
    print(report);
    return 0;
  }

  private boolean published(Task task) {
    return TaskCatalogue.datacomp(data).stream()
        .anyMatch(known -> task.folder() != null && task.folder().equals(known.folder()));
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

  private Map<String, Object> measure(TaskRunner runner, Task task) throws IOException {
    var row = new LinkedHashMap<String, Object>();
    row.put("metric", task.mainMetric());
    try {
      TaskOutcome outcome = runner.run(DatasetFolder.open(task));
      Double value = outcome.metrics().get(task.mainMetric());
      if (value == null) {
        throw new UnavailableException(
            "the metric " + task.mainMetric() + " is not part of this release");
      }
      Interval interval = outcome.interval(task.mainMetric());
      row.put("value", value);
      row.put("low", interval.low());
      row.put("high", interval.high());
      row.put("samples", outcome.samples());
      row.put("metrics", new TreeMap<>(outcome.metrics()));
      System.err.printf(Locale.ROOT, "%s %s %.4f%n", task.key(), task.mainMetric(), value);
    } catch (UnavailableException e) {
      row.put("notAvailable", String.valueOf(e.getMessage()));
    }
    return row;
  }

  private void print(Map<String, Map<String, Object>> report) throws IOException {
    if (json) {
      System.out.println(
          JsonMapper.builder()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .build()
              .writeValueAsString(report));
      return;
    }
    report.forEach((task, row) -> System.out.println(line(task, row)));
  }

  private static String line(String task, Map<String, Object> row) {
    if (row.get("value") instanceof Double value
        && row.get("low") instanceof Double low
        && row.get("high") instanceof Double high) {
      return String.format(
          Locale.ROOT,
          "%-45s %.4f  [%.4f, %.4f]  %s, n=%s",
          task,
          value,
          low,
          high,
          row.get("metric"),
          row.get("samples"));
    }
    return "%-45s N/A  (%s)".formatted(task, row.get("notAvailable"));
  }
}
