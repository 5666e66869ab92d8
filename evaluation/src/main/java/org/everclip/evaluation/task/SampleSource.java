package org.everclip.evaluation.task;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Where a task's images come from: a folder in the standard layout, or the frozen holdout. */
public interface SampleSource {

  /** How the samples are judged; decides their form. */
  Scoring scoring();

  /** Class names by label; empty where there are none. */
  default List<String> classNames() {
    return List.of();
  }

  /** Prompt templates with {@code {c}}; empty where there are none. */
  default List<String> templates() {
    return List.of();
  }

  /** Hands over every sample in a fixed order. */
  void forEach(Consumer<Sample> consumer) throws IOException;

  /** Hash of everything that decides the result: names, prompts, images, labels. */
  String fingerprint() throws IOException;
}
