package org.everclip.reinforce;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;

/** A program folder with real small models (random weights) and a small recipe for them. */
final class TestProgram {

  static final String RECIPE =
      """
      teachers:
        - path: models/conv
        - path: models/vit
      captioner:
        path: models/captioner
        decoding: {topP: 0.9, temperature: 0.7, minLength: 3, maxLength: 8, repetitionPenalty: 1.0}
      captionsPerImage: 3
      augmentationsPerImage: 2
      augmentation: {minScale: 0.6, maxScale: 1.0, minRatio: 0.75, maxRatio: 1.25, flip: true,
        randAugmentOps: 1, magnitudeBin: 5, randAugmentProbability: 0.5}
      seed: 1
      """;

  private static final List<String> CAPTIONS =
      List.of(
          "a red apple on a table",
          "an icon of a green tree",
          "the flag of a small country",
          "a smiling yellow face",
          "a black cat sleeping on the red chair",
          "a blue house with a tree");
  private static final int VOCABULARY = 600;

  private TestProgram() {}

  /** The same with as little work for a pair as there can be. */
  static void writeSmall(Path folder) throws IOException {
    write(folder);
    Path recipe = folder.resolve("recipe.yaml");
    Files.writeString(
        recipe,
        Files.readString(recipe)
            .replaceFirst("  - path: .*/models/conv\n", "")
            .replace("maxLength: 8", "maxLength: 4")
            .replace("captionsPerImage: 3", "captionsPerImage: 1")
            .replace("augmentationsPerImage: 2", "augmentationsPerImage: 1"));
  }

  /** Writes models and {@code recipe.yaml} below the folder. */
  static void write(Path folder) throws IOException {
    Tokenizer tokenizer = Tokenizers.train(CAPTIONS, VOCABULARY);
    Path file = Files.createDirectories(folder).resolve("tokenizer.json");
    Tokenizers.write(tokenizer, file);
    model(folder.resolve("models/conv"), "mobileclip-nano", tokenizer, file, 1);
    model(folder.resolve("models/vit"), "vit-nano-teacher", tokenizer, file, 2);
    model(folder.resolve("models/captioner"), "coca-nano", tokenizer, file, 3);
    Files.writeString(
        folder.resolve("recipe.yaml"),
        RECIPE.replace("path: models/", "path: " + folder.toAbsolutePath() + "/models/"));
  }

  private static void model(
      Path directory, String name, Tokenizer tokenizer, Path tokenizerFile, long seed)
      throws IOException {
    Architecture architecture =
        Architecture.named(name).withVocabularySize(tokenizer.vocabularySize());
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Weights weights = Weights.initialize(network, manager, seed)) {
      ModelDirectory.write(
          directory,
          architecture,
          weights,
          tokenizerFile,
          Preprocessing.plain(architecture.imageSize()),
          Map.of("origin", "random"));
    }
  }
}
