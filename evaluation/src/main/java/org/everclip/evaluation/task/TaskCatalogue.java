package org.everclip.evaluation.task;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lists the tasks: the 38 of DataComp, always, and the local sets that a folder holds. */
public final class TaskCatalogue {

  private TaskCatalogue() {}

  /**
   * The 38 DataComp tasks in their published order.
   *
   * @param root folder that holds {@code wds_…_test} folders, or null
   */
  public static List<Task> datacomp(@Nullable Path root) {
    try (InputStream in = TaskCatalogue.class.getResourceAsStream("/datacomp-tasks.json")) {
      return Arrays.stream(JsonMapper.builder().build().readValue(in, Entry[].class))
          .map(
              entry ->
                  new Task(
                      entry.key,
                      entry.name,
                      Task.DATACOMP,
                      entry.kind,
                      root == null ? null : root.resolve(entry.folder),
                      entry.mainMetric,
                      entry.groups))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("the task list is part of this jar", e);
    }
  }

  /** The sets below a folder, by name: every sub-folder with {@code test/nshards.txt}. */
  public static List<Task> local(Path root) {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(root)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("test/nshards.txt")))
          .sorted()
          .map(TaskCatalogue::localTask)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + root, e);
    }
  }

  private static Task localTask(Path folder) {
    String name = folder.getFileName().toString();
    String kind = DatasetFolder.kind(folder);
    String mainMetric = kind.equals(Task.RETRIEVAL) ? "mean_recall@5" : "acc1";
    return new Task("local/" + name, name, Task.LOCAL, kind, folder, mainMetric, List.of());
  }

  private record Entry(
      String key,
      String name,
      String kind,
      String folder,
      @Nullable Integer classes,
      String mainMetric,
      List<String> groups,
      int testSize) {}
}
