package org.everclip.clip;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Networks;
import org.everclip.clip.weights.Reparameterizer;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.AtomicFile;
import org.everclip.formats.image.Preprocessing;

/**
 * Writes a {@link ModelDirectory} so that it is never half there: all files are written in a folder
 * aside first, then the old description goes, the files are renamed, and the new description comes
 * last; each is forced to disk before the next. A failure before the renames leaves the old model
 * as it was; a crash among them leaves a folder without a description, which is no model. One
 * process writes to a folder at a time.
 */
final class ModelWriter {

  /** In the order in which they get their names. */
  static final List<String> FILES =
      List.of(
          ModelDirectory.TRAIN_WEIGHTS,
          ModelDirectory.WEIGHTS,
          ModelDirectory.TOKENIZER,
          ModelDirectory.DESCRIPTION);

  private static final String ASIDE = ".model.part";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private ModelWriter() {}

  static void write(
      Path directory,
      Architecture architecture,
      Weights train,
      Path tokenizerJson,
      Preprocessing preprocessing,
      Map<String, Object> card)
      throws IOException {
    Path aside = directory.resolve(ASIDE);
    delete(aside);
    Files.createDirectories(aside);
    try {
      writeWeights(aside, architecture, train);
      Files.copy(tokenizerJson, aside.resolve(ModelDirectory.TOKENIZER));
      var root = JSON.createObjectNode();
      root.put("format", ModelDirectory.FORMAT);
      root.set("architecture", JSON.readTree(architecture.toJson()));
      root.set("preprocessing", JSON.valueToTree(preprocessing));
      root.put("tokenizer", ModelDirectory.TOKENIZER);
      root.set("card", JSON.valueToTree(card));
      Files.writeString(
          aside.resolve(ModelDirectory.DESCRIPTION), JSON.writeValueAsString(root) + "\n");
      publish(aside, directory);
    } finally {
      delete(aside);
    }
  }

  /** Gives the files of {@code aside} their names in {@code directory}. */
  static void publish(Path aside, Path directory) throws IOException {
    if (Files.deleteIfExists(directory.resolve(ModelDirectory.DESCRIPTION))) {
      try (FileChannel folder = FileChannel.open(directory, StandardOpenOption.READ)) {
        folder.force(true);
      }
    }
    for (String file : FILES) {
      AtomicFile.publish(aside.resolve(file), directory.resolve(file));
    }
  }

  private static void writeWeights(Path folder, Architecture architecture, Weights train)
      throws IOException {
    var metadata = Map.of("format", "pt", "model", architecture.name());
    Path trainFile = folder.resolve(ModelDirectory.TRAIN_WEIGHTS);
    Path runFile = folder.resolve(ModelDirectory.WEIGHTS);
    train.save(trainFile, metadata);
    if (Networks.canBeReparameterized(architecture)) {
      try (var folded = Reparameterizer.reparameterize(architecture, train, train.manager())) {
        folded.save(runFile, metadata);
      }
    } else {
      Files.copy(trainFile, runFile);
    }
  }

  /** The folder has no folders of its own. */
  private static void delete(Path aside) throws IOException {
    if (!Files.isDirectory(aside)) {
      return;
    }
    try (Stream<Path> files = Files.list(aside)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(aside);
  }
}
