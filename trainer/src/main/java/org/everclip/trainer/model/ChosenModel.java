package org.everclip.trainer.model;

import java.io.IOException;
import java.nio.file.Path;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Precision;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The arguments that say which model is used and how. */
final class ChosenModel {

  @Parameters(
      paramLabel = "MODEL",
      description =
          "A model directory or an open_clip folder. For a version of the registry: everclip pull"
              + " NAME --to DIR, then DIR.")
  Path directory = Path.of("");

  @Option(
      names = "--precision",
      description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.",
      defaultValue = "FP32")
  Precision precision = Precision.FP32;

  @Mixin Vocabulary vocabulary = new Vocabulary();

  /** Opens the model; the caller closes it. */
  ClipModel open() throws IOException {
    return ClipModel.load(directory, precision, vocabulary.given());
  }
}
