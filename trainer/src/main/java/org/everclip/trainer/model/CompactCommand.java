package org.everclip.trainer.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.everclip.clip.ModelDirectory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code everclip models compact}: halves a model directory for shipping. */
@Command(
    name = "compact",
    mixinStandardHelpOptions = true,
    description = "Stores the weights that run as bfloat16 and drops those that train.")
final class CompactCommand implements Callable<Integer> {

  @Parameters(paramLabel = "DIR", arity = "1..*", description = "Model directories.")
  private List<Path> directories = List.of();

  @Override
  public Integer call() throws IOException {
    for (Path directory : directories) {
      ModelDirectory model = ModelDirectory.read(directory);
      if (!Files.exists(directory.resolve(ModelDirectory.DESCRIPTION))) {
        throw new IllegalArgumentException(
            directory + " is an open_clip folder; convert it to a model directory before");
      }
      CompactWeights.rewrite(model.weightsFile(model.runningForm()));
      Files.deleteIfExists(directory.resolve(ModelDirectory.TRAIN_WEIGHTS));
    }
    return 0;
  }
}
