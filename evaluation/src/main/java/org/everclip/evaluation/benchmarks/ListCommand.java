package org.everclip.evaluation.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.everclip.evaluation.task.CatalogueEntry;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists all tasks: what they measure, and where each expects its folder. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the tasks and the folder that each expects.")
public final class ListCommand implements Callable<Integer> {

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder of data sets: says which are there, and lists your own in it.")
  private @Nullable Path data;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  /**
   * One task.
   *
   * @param folder below the folder of data sets
   * @param here null when no folder of data sets was given
   */
  record Row(
      String task,
      String name,
      String group,
      String form,
      String metric,
      int classes,
      int samples,
      @Nullable Double random,
      String folder,
      @Nullable Boolean here) {}

  @Override
  public Integer call() throws JsonProcessingException {
    List<Row> rows = rows();
    if (json) {
      System.out.println(
          JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(rows));
      return 0;
    }
    for (Row row : rows) {
      System.out.printf(
          Locale.ROOT,
          "%-52s %-14s %-22s %5s %7s  %s%s%n",
          row.task,
          row.form,
          row.metric,
          row.classes == 0 ? "" : row.classes,
          row.samples == 0 ? "" : row.samples,
          row.folder,
          row.here == null ? "" : row.here ? "  here" : "  missing");
    }
    return 0;
  }

  private List<Row> rows() {
    var rows = new ArrayList<Row>();
    TaskCatalogue.published().forEach(entry -> rows.add(row(entry, Task.DATACOMP)));
    TaskCatalogue.furtherPublished().forEach(entry -> rows.add(row(entry, Task.FURTHER)));
    if (data != null) {
      for (Task task : TaskCatalogue.local(data)) {
        String form = DatasetFolder.kind(task.scoring());
        String folder = task.folder() == null ? "" : task.folder().getFileName().toString();
        rows.add(
            new Row(
                task.key(),
                task.name(),
                task.group(),
                form,
                task.mainMetric(),
                0,
                0,
                null,
                folder,
                true));
      }
    }
    return rows;
  }

  private Row row(CatalogueEntry entry, String group) {
    return new Row(
        entry.key(),
        entry.name(),
        group,
        entry.form(),
        entry.mainMetric(),
        entry.classes(),
        entry.images(),
        entry.random(),
        entry.folder(),
        data == null ? null : Files.isDirectory(entry.folderIn(data)));
  }
}
