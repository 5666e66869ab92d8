package org.everclip.evaluation.metric;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Means of main metrics over families of tasks, each with weight 1. Source: datacomp,
 * aggregate_scores.py, which demands all 38; a mean over fewer says so in its label.
 */
public final class Averages {

  private Averages() {}

  /**
   * A mean and what it covers.
   *
   * @param value null when none of the tasks has a value
   */
  public record Average(String family, @Nullable Double value, int covered, int tasks) {

    /** Does it cover all tasks, as published averages do? */
    public boolean complete() {
      return covered == tasks;
    }

    /** Its name with the coverage, for example {@code VTAB (4 of 13 tasks)}. */
    public String label() {
      return complete()
          ? String.format(Locale.ROOT, "%s (all %d tasks)", family, tasks)
          : String.format(Locale.ROOT, "%s (%d of %d tasks)", family, covered, tasks);
    }
  }

  /**
   * Takes the means.
   *
   * @param families name to the keys of its tasks
   * @param values main metric by key; a task without data is absent
   */
  public static List<Average> of(Map<String, List<String>> families, Map<String, Double> values) {
    var averages = new ArrayList<Average>();
    families.forEach(
        (family, keys) -> {
          double sum = 0;
          int covered = 0;
          for (String key : keys) {
            Double value = values.get(key);
            if (value != null) {
              sum += value;
              covered++;
            }
          }
          averages.add(
              new Average(family, covered == 0 ? null : sum / covered, covered, keys.size()));
        });
    return averages;
  }
}
