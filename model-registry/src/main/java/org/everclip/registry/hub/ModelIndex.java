package org.everclip.registry.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.everclip.registry.versions.Evaluations.Score;

/** A version's evaluation results in the words of the Hub's {@code model-index}. */
final class ModelIndex {

  private ModelIndex() {}

  /** The block; empty when nothing was measured. */
  static Optional<List<Map<String, Object>>> of(String name, Map<String, Score> scores) {
    if (scores.isEmpty()) {
      return Optional.empty();
    }
    var results = new ArrayList<Map<String, Object>>();
    scores.forEach(
        (task, score) ->
            results.add(
                Map.of(
                    "task",
                    Map.of("type", "zero-shot-image-classification", "name", task),
                    "dataset",
                    Map.of("type", task, "name", task, "revision", score.suite()),
                    "metrics",
                    List.of(
                        Map.of(
                            "type", score.metric(),
                            "name", score.metric(),
                            "value", score.value())))));
    return Optional.of(List.of(Map.of("name", name, "results", results)));
  }
}
