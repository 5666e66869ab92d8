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

  Suite {
    entries = List.copyOf(entries);
  }

  /**
   * A task and its data, or why there is none.
   *
   * @param fingerprint of the data; empty without any
   */
  record Entry(Task task, @Nullable SampleSource source, String fingerprint, String unavailable) {

    static Entry of(Task task, SampleSource source) throws IOException {
      return new Entry(task, source, source.fingerprint(), "");
    }

    static Entry without(Task task, @Nullable String why) {
      return new Entry(task, null, "", String.valueOf(why));
    }
  }

  /** Opens the folders of a group of tasks. */
  static Suite open(String group, List<Task> tasks, Fingerprints fingerprints) throws IOException {
    var entries = new ArrayList<Entry>();
    for (Task task : tasks) {
      entries.add(open(task, fingerprints));
    }
    return of(group, entries);
  }

  private static Entry open(Task task, Fingerprints fingerprints) throws IOException {
    try {
      SampleSource source = DatasetFolder.open(task);
      return new Entry(task, source, fingerprints.of(task, source), "");
    } catch (UnavailableException e) {
      return Entry.without(task, e.getMessage());
    }
  }

  /** A suite of tasks that are open. */
  static Suite of(String group, List<Entry> entries) {
    return new Suite(id(group, entries, ""), entries);
  }

  /** A name for results that rest on these tasks' data and on something more. */
  static String id(String group, List<Entry> entries, String more) {
    var digest = Sha256.digest();
    digest.update((METRIC_CODE + more).getBytes(UTF_8));
    for (Entry entry : entries) {
      if (entry.source() != null) {
        digest.update((entry.task().key() + entry.task().mainMetric()).getBytes(UTF_8));
        digest.update(entry.fingerprint().getBytes(UTF_8));
      }
    }
    String hash = HexFormat.of().formatHex(digest.digest()).substring(0, HASH_DIGITS);
    return group + "-" + hash;
  }

  Optional<Entry> entry(String key) {
    return entries.stream().filter(entry -> entry.task().key().equals(key)).findFirst();
  }
}
