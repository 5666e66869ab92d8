package org.everclip.evaluation.task;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.everclip.evaluation.task.Scoring.Fold;
import org.everclip.evaluation.task.Scoring.Grouping;
import org.jspecify.annotations.Nullable;

/**
 * A published task as its list describes it. Source: mlfoundations/datacomp, tasklist.yml and
 * eval_utils; for ARO mertyg/vision-language-models-are-bows.
 *
 * @param folder in the standard layout; where the reference has no such form, our own
 * @param otherFolders further names under which the same data is known
 * @param classes 0 where there are none
 * @param templates number of English prompts in CLIP_benchmark; 0 where it has none
 * @param images as published; 0 where it depends on how the options were prepared
 * @param metadata columns of the {@code .npy} members
 * @param random score of guessing; null where the list has none
 */
public record CatalogueEntry(
    String key,
    String name,
    String folder,
    @Nullable List<String> otherFolders,
    String form,
    @Nullable Fold fold,
    int classes,
    int templates,
    int images,
    String mainMetric,
    List<String> families,
    @Nullable List<String> metadata,
    @Nullable List<Grouping> groups,
    boolean macro,
    @Nullable Double random,
    @Nullable String note) {

  /** How its samples are judged. */
  public Scoring scoring() {
    return switch (form) {
      case "classification" ->
          new Scoring.Classification(macro, groups == null ? List.of() : groups);
      case "retrieval" -> new Scoring.Retrieval();
      case "association" -> new Scoring.Association();
      case "choice" -> new Scoring.Choice(fold == null ? Fold.ORDER : fold);
      case "faces" -> new Scoring.Faces();
      default -> throw new IllegalStateException("unknown form " + form + " of " + key);
    };
  }

  /** The folder below {@code root} that is there, or the one that is expected. */
  public Path folderIn(Path root) {
    if (otherFolders != null && !Files.isDirectory(root.resolve(folder))) {
      for (String other : otherFolders) {
        if (Files.isDirectory(root.resolve(other))) {
          return root.resolve(other);
        }
      }
    }
    return root.resolve(folder);
  }

  Task task(String group, @Nullable Path root) {
    Path place = root == null ? null : folderIn(root);
    return new Task(key, name, group, scoring(), place, mainMetric, families);
  }
}
