package org.everclip.evaluation.role;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.everclip.contracts.Sha256;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.UnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that are measured together, with the hash of everything that decides their results:
 * prompts, class names, images and the version of the metric code.
 *
 * @param id GROUP-HASH
 */
record Suite(String id, List<Entry> entries) {

  /** Changes whenever a metric's meaning does. */
  private static final String METRIC_CODE = "metrics-2";

  private static final int HASH_DIGITS = 12;

  /** A task and its data, or why there is none. */
  record Entry(Task task, @Nullable SampleSource source, String unavailable) {}

  /** Opens the folders of a group of tasks. */
  static Suite open(String group, List<Task> tasks) throws IOException {
    var entries = new ArrayList<Entry>();
    for (Task task : tasks) {
      entries.add(open(task));
    }
    return of(group, entries);
  }

  /** The suite with the frozen holdout as its only task. */
  static Suite holdout(Entry entry) throws IOException {
    return of(Task.HOLDOUT, List.of(entry));
  }

  private static Entry open(Task task) {
    try {
      return new Entry(task, DatasetFolder.open(task), "");
    } catch (UnavailableException e) {
      return new Entry(task, null, String.valueOf(e.getMessage()));
    }
  }

  private static Suite of(String group, List<Entry> entries) throws IOException {
    var digest = Sha256.digest();
    digest.update(METRIC_CODE.getBytes(UTF_8));
    for (Entry entry : entries) {
      if (entry.source() != null) {
        digest.update((entry.task().key() + entry.task().mainMetric()).getBytes(UTF_8));
        digest.update(entry.source().fingerprint().getBytes(UTF_8));
      }
    }
    String hash = HexFormat.of().formatHex(digest.digest()).substring(0, HASH_DIGITS);
    return new Suite(group + "-" + hash, List.copyOf(entries));
  }

  Optional<Entry> entry(String key) {
    return entries.stream().filter(entry -> entry.task().key().equals(key)).findFirst();
  }
}
