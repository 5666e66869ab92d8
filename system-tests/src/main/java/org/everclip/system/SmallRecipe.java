package org.everclip.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The demo's recipe with little to do: one teacher, one view, one short caption. */
final class SmallRecipe {

  private SmallRecipe() {}

  /**
   * Settings of a role that runs it: blocks of colours are no pictures that a captioner knows, so
   * what {@code reinforce.onBadModel} would stop is only reported.
   */
  static List<String> settings(Path program, Path home) throws IOException {
    return List.of("reinforce.recipe=" + write(program, home), "reinforce.onBadModel=report");
  }

  /** Writes it into a folder; its models stay where they are. */
  private static Path write(Path program, Path home) throws IOException {
    String yaml =
        Files.readString(program.resolve("demo/reinforcement.yaml"))
            .replaceFirst("(?m)^  - path: demo/models/teacher-conv\\R", "")
            .replaceFirst("maxLength: \\d+", "maxLength: 8")
            .replaceFirst("captionsPerImage: \\d+", "captionsPerImage: 1")
            .replaceFirst("augmentationsPerImage: \\d+", "augmentationsPerImage: 1");
    Files.createDirectories(home);
    return Files.writeString(home.toAbsolutePath().resolve("recipe.yaml"), yaml);
  }
}
