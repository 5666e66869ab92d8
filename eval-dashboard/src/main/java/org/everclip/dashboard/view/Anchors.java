package org.everclip.dashboard.view;

import java.util.List;
import org.everclip.contracts.PublishedResults;

/** What others have published for a DataComp task: lines to hold one's own curve against. */
final class Anchors {

  private static final List<String> SHOWN =
      List.of("mobileclip_s0", "mobileclip_s1", "mobileclip_s2", "mobileclip_b");

  /** One published value, 0..1. */
  record Anchor(String name, double value, String source) {}

  private final PublishedResults published = PublishedResults.load();

  /** Smallest model first; empty for a task that nobody has published results for. */
  List<Anchor> of(String task) {
    return SHOWN.stream()
        .flatMap(id -> published.model(id).stream())
        .filter(model -> model.tasks().containsKey(task))
        .map(
            model ->
                new Anchor(
                    model.name(), model.tasks().getOrDefault(task, Double.NaN), published.source()))
        .toList();
  }
}
