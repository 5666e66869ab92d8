package org.everclip.evaluation.task;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lists the tasks: the 38 of DataComp, always; ARO and the face sets; the local sets that a folder
 * holds. What is known of a published task is data, in two JSON files.
 */
public final class TaskCatalogue {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private TaskCatalogue() {}

  /** What is known of the 38, in their published order. */
  public static List<CatalogueEntry> published() {
    return read("/datacomp-tasks.json");
  }

  /** What is known of ARO's four tasks and the two face sets; they enter no average. */
  public static List<CatalogueEntry> furtherPublished() {
    return read("/further-tasks.json");
  }

  /**
   * The 38 DataComp tasks in their published order.
   *
   * @param root folder that holds {@code wds_…_test} folders, or null
   */
  public static List<Task> datacomp(@Nullable Path root) {
    return published().stream().map(entry -> entry.task(Task.DATACOMP, root)).toList();
  }

  /**
   * The families over which averages are published, by name, with their tasks' keys; the last holds
   * all 38. Source: datacomp, aggregate_scores.py.
   */
  public static Map<String, List<String>> families() {
    var families = new LinkedHashMap<String, List<String>>();
    for (String family : List.of("imagenet", "imagenet_shift", "vtab", "retrieval")) {
      families.put(
          family,
          published().stream()
              .filter(entry -> entry.families().contains(family))
              .map(CatalogueEntry::key)
              .toList());
    }
    families.put("all38", published().stream().map(CatalogueEntry::key).toList());
    return families;
  }

  /** ARO and the face sets, as {@link #datacomp}. */
  public static List<Task> further(@Nullable Path root) {
    return furtherPublished().stream().map(entry -> entry.task(Task.FURTHER, root)).toList();
  }

  /**
   * The sets below a folder, by name: every sub-folder with {@code test/nshards.txt} that is none
   * of the published ones.
   */
  public static List<Task> local(Path root) {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    List<Path> known =
        Stream.concat(datacomp(root).stream(), further(root).stream()).map(Task::folder).toList();
    var tasks = new ArrayList<Task>();
    try (Stream<Path> folders = Files.list(root)) {
      for (Path folder :
          folders
              .filter(path -> Files.exists(path.resolve("test/nshards.txt")))
              .filter(path -> !known.contains(path))
              .sorted()
              .toList()) {
        tasks.add(LocalTask.of(folder));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list the data sets of " + root, e);
    }
    return tasks;
  }

  private static List<CatalogueEntry> read(String resource) {
    try (InputStream in = TaskCatalogue.class.getResourceAsStream(resource)) {
      return List.of(JSON.readValue(in, CatalogueEntry[].class));
    } catch (IOException e) {
      throw new UncheckedIOException("the task list is part of this jar", e);
    }
  }
}
