package org.everclip.evaluation.task;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One benchmark.
 *
 * @param key stable id, e.g. {@code vtab/cifar100} or {@code local/emoji_category}
 * @param group {@code datacomp}, {@code further}, {@code local} or {@code holdout}
 * @param folder where its data is expected; null when no folder of data sets was given
 * @param families groups that averages are taken over, e.g. {@code vtab}
 */
public record Task(
    String key,
    String name,
    String group,
    Scoring scoring,
    @Nullable Path folder,
    String mainMetric,
    List<String> families) {

  public static final String DATACOMP = "datacomp";
  public static final String FURTHER = "further";
  public static final String LOCAL = "local";
  public static final String HOLDOUT = "holdout";

  public Task {
    families = List.copyOf(families);
  }
}
