package org.everclip.trainer.round;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.everclip.formats.AtomicFile;

/** The plans of all rounds, one JSON file each; a file is there as a whole or not at all. */
public final class Plans {

  private final Path folder;
  private final ObjectMapper json =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  public Plans(Path folder) {
    this.folder = folder;
  }

  public Optional<RoundPlan> read(int round) {
    Path file = file(round);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(json.readValue(file.toFile(), RoundPlan.class));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the round's plan " + file, e);
    }
  }

  public void write(RoundPlan plan) {
    try {
      Path file = file(plan.round());
      Path aside = AtomicFile.aside(file);
      json.writerWithDefaultPrettyPrinter().writeValue(aside.toFile(), plan);
      AtomicFile.publish(aside, file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the plan of round " + plan.round(), e);
    }
  }

  private Path file(int round) {
    return folder.resolve("round-%06d.json".formatted(round));
  }
}
