package org.everclip.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The demo's recipe with little to do: one teacher, one view, one short caption. */
final class SmallRecipe {

  private SmallRecipe() {}

  /** Writes it into a folder; its models stay where they are. */
  static Path write(Path program, Path home) throws IOException {
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
