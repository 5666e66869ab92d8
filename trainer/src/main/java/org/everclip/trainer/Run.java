package org.everclip.trainer;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.AtomicFile;

/**
 * One training run: its id, and the settings that its checkpoints depend on. Kept beside them, so
 * that a later start with other settings is noticed instead of going on with something else.
 */
record Run(
    int layout, String id, String model, String tokenizerSha256, long seed, String precision) {

  private static final int LAYOUT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads the run of a state folder, or begins one. */
  static Run open(
      Path stateDir, EverclipConfig.Trainer settings, Path tokenizer, Supplier<String> newId) {
    Path file = stateDir.resolve("run.json");
    try {
      String id = newId.get();
      Run known = Files.exists(file) ? JSON.readValue(file.toFile(), Run.class) : null;
      var wanted =
          new Run(
              LAYOUT,
              known == null ? id : known.id(),
              settings.model(),
              Sha256.hex(tokenizer),
              settings.seed(),
              Student.precision(settings.precision()).setting());
      if (known == null) {
        Path aside = AtomicFile.aside(file);
        JSON.writeValue(aside.toFile(), wanted);
        AtomicFile.publish(aside, file);
      } else if (!known.equals(wanted)) {
        throw new IllegalArgumentException(
            "the training state in %s belongs to %s, but the settings say %s; restore trainer.model, tokenizer, seed and precision, or set another trainer.stateDir"
                .formatted(stateDir, known, wanted));
      }
      return wanted;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read or write " + file, e);
    }
  }
}
