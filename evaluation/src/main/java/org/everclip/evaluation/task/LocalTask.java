package org.everclip.evaluation.task;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.everclip.evaluation.task.Scoring.Grouping;
import org.jspecify.annotations.Nullable;

/**
 * What a team says about its own data set, in the optional file {@code task.json} of its folder.
 *
 * @param mainMetric null for the form's usual one
 * @param metadata names of the columns of the {@code .npy} members, for readers
 * @param groups accuracies by metadata columns
 */
public record LocalTask(
    @Nullable String name,
    @Nullable String mainMetric,
    @Nullable List<String> metadata,
    @Nullable List<Grouping> groups) {

  /** The file's name. */
  public static final String FILE = "task.json";

  private static final LocalTask NOTHING = new LocalTask(null, null, null, null);

  /** Reads the file, if there is one. */
  static LocalTask read(Path folder) throws UnavailableException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return NOTHING;
    }
    try {
      return JsonMapper.builder().build().readValue(file.toFile(), LocalTask.class);
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + file + ": " + e.getMessage());
    }
  }

  /** The task of a folder; what is wrong with it is said when it is opened. */
  static Task of(Path folder) {
    LocalTask said = NOTHING;
    String kind = DatasetFolder.CLASSIFICATION;
    try {
      said = read(folder);
      kind = DatasetFolder.kind(folder);
    } catch (UnavailableException e) {
      // Opening the folder meets the same and tells it.
    }
    String id = folder.getFileName().toString();
    Scoring scoring = scoring(kind, said.groups == null ? List.of() : said.groups);
    return new Task(
        "local/" + id,
        said.name == null ? id : said.name,
        Task.LOCAL,
        scoring,
        folder,
        said.mainMetric == null ? usualMetric(scoring) : said.mainMetric,
        List.of());
  }

  private static Scoring scoring(String kind, List<Grouping> groups) {
    return switch (kind) {
      case "retrieval" -> new Scoring.Retrieval();
      case "multilabel" -> new Scoring.MultiLabel();
      case "association" -> new Scoring.Association();
      case "choice" -> new Scoring.Choice(Scoring.Fold.ORDER);
      default -> new Scoring.Classification(false, groups);
    };
  }

  private static String usualMetric(Scoring scoring) {
    if (scoring instanceof Scoring.Retrieval) {
      return "mean_recall@5";
    }
    if (scoring instanceof Scoring.MultiLabel) {
      return "mean_average_precision";
    }
    if (scoring instanceof Scoring.Association) {
      return "avg_jaccard_score";
    }
    return scoring instanceof Scoring.Choice ? "precision@1" : "acc1";
  }
}
