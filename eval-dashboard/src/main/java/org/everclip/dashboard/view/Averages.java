package org.everclip.dashboard.view;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Means over tasks. Each says how many of the tasks it covers, for every version; values of
 * retrieval and of classification are averaged apart, but within the DataComp families, which are
 * averaged as published.
 */
final class Averages {

  /** A mean and how many of the tasks it covers. */
  record Mean(@Nullable Double value, int covered) {}

  /** Means over tasks of one kind, one a version. */
  record Average(String label, String metric, int tasks, List<Mean> means) {}

  private Averages() {}

  /** Within a family; none over fewer than two tasks, none where nothing is measured. */
  static List<Average> of(String family, List<ResultIndex.Task> tasks, List<Integer> versions) {
    var byKind = new TreeMap<String, List<ResultIndex.Task>>();
    for (ResultIndex.Task task : tasks) {
      String kind = task.group().equals(Families.DATACOMP) ? "" : kind(task) + " ";
      byKind.computeIfAbsent(kind, key -> new ArrayList<>()).add(task);
    }
    var averages = new ArrayList<Average>();
    byKind.forEach(
        (kind, members) -> {
          if (members.size() > 1) {
            add(averages, Families.word(family) + " " + kind + "tasks", members, versions);
          }
        });
    return averages;
  }

  /** Over all DataComp tasks, the number that publications quote. */
  static List<Average> overall(List<ResultIndex.Task> tasks, List<Integer> versions) {
    List<ResultIndex.Task> datacomp =
        tasks.stream().filter(task -> task.group().equals(Families.DATACOMP)).toList();
    var averages = new ArrayList<Average>();
    if (datacomp.size() > 1) {
      add(averages, "DataComp tasks", datacomp, versions);
    }
    return averages;
  }

  private static void add(
      List<Average> to, String name, List<ResultIndex.Task> members, List<Integer> versions) {
    var means = new ArrayList<Mean>();
    for (int version : versions) {
      double sum = 0;
      int covered = 0;
      for (ResultIndex.Task task : members) {
        Double value = BenchmarksView.value(task.byVersion().get(version));
        if (value != null) {
          sum += value;
          covered++;
        }
      }
      means.add(new Mean(covered == 0 ? null : sum / covered, covered));
    }
    if (means.stream().anyMatch(mean -> mean.value() != null)) {
      to.add(
          new Average(
              "mean of the " + members.size() + " " + name,
              members.get(0).metric(),
              members.size(),
              means));
    }
  }

  private static String kind(ResultIndex.Task task) {
    return task.metric().contains("recall@") ? "retrieval" : "classification";
  }
}
