package org.everclip.registry.versions;

import java.util.Set;
import java.util.SortedMap;

/** What is known of the quality of versions. */
public interface Evaluations {

  /** A task's main metric with the suite that it belongs to. */
  record Score(String suite, String group, String metric, double value) {}

  /** Results by task; empty when there are none. */
  SortedMap<String, Score> scores(String model, int version);

  /** Digests of the blobs that results of a version refer to. */
  Set<String> predictions(String model, int version);

  /** Is everything known that was there when the registry started? */
  boolean isComplete();
}
