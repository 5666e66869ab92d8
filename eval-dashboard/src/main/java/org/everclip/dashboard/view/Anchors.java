package org.everclip.dashboard.view;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What others have published for a DataComp task: a line to hold one's own curve against. Main
 * metrics of the MobileCLIP models, from the result files in their repository.
 */
final class Anchors {

  /** One published value, 0..1. */
  record Anchor(String name, double value, String source) {}

  private record Published(String source, Map<String, Map<String, Double>> tasks) {}

  private final Published published;

  Anchors() {
    try (InputStream in = Anchors.class.getResourceAsStream("/published-anchors.json")) {
      published = JsonMapper.builder().build().readValue(in, Published.class);
    } catch (IOException e) {
      throw new UncheckedIOException("the published results are part of this jar", e);
    }
  }

  /** Empty for a task that nobody has published results for. */
  List<Anchor> of(String task) {
    return new TreeMap<>(published.tasks().getOrDefault(task, Map.of()))
        .entrySet().stream()
            .map(entry -> new Anchor(entry.getKey(), entry.getValue(), published.source()))
            .toList();
  }
}
