package org.everclip.trainer.model;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.exchange.ForeignWeights;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.KnownModel;
import org.everclip.clip.text.ClipVocabulary;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.jspecify.annotations.Nullable;

/**
 * A whole model in the form that trains, wherever it came from. Owns the weights.
 *
 * @param description what was recognized, for people
 */
record Convertible(
    Architecture architecture,
    Weights weights,
    Tokenizer tokenizer,
    Preprocessing preprocessing,
    Map<String, Object> card,
    String description)
    implements AutoCloseable {

  static Convertible ofFolder(Path folder, ClipVocabulary vocabulary, NDManager scope)
      throws IOException {
    ModelDirectory model = ModelDirectory.read(folder);
    Tokenizer tokenizer = model.tokenizer(vocabulary);
    return new Convertible(
        model.architecture(),
        model.trainWeights(scope),
        tokenizer,
        model.preprocessing(),
        card(model.card(), folder),
        "%s: %s".formatted(folder, model.architecture().name()));
  }

  static Convertible ofFile(
      Path path, @Nullable String name, ClipVocabulary vocabulary, NDManager scope)
      throws IOException {
    try (ForeignWeights file = ForeignWeights.open(path)) {
      Architecture architecture =
          name == null ? file.identify() : file.sized(Architecture.named(name));
      Tokenizer tokenizer = tokenizer(path, architecture, vocabulary);
      Optional<Preprocessing> published = KnownModel.named(architecture.name()).preprocessing();
      String description =
          "%s: %s, %s%s"
              .formatted(
                  path,
                  architecture.name(),
                  file.dialect(),
                  published.isPresent()
                      ? ""
                      : "; how its pictures were prepared is not known, taken as CLIP's");
      return new Convertible(
          architecture,
          file.load(architecture, scope),
          tokenizer,
          published.orElseGet(() -> Preprocessing.openAi(architecture.imageSize())),
          card(Map.of(), path),
          description);
    }
  }

  /** The vocabulary beside the file, else the one that was named. */
  private static Tokenizer tokenizer(
      Path path, Architecture architecture, ClipVocabulary vocabulary) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    Optional<Tokenizer> beside = folder == null ? Optional.empty() : Tokenizers.find(folder);
    int expected = architecture.text().vocabularySize();
    if (vocabulary.file().isEmpty() && beside.isPresent()) {
      return requireSize(beside.get(), expected, "the vocabulary beside " + path);
    }
    return requireSize(vocabulary.tokenizer("A model"), expected, "the vocabulary");
  }

  private static Tokenizer requireSize(Tokenizer tokenizer, int expected, String what) {
    if (tokenizer.vocabularySize() != expected) {
      throw new IllegalArgumentException(
          "%s has %d ids, but the weights are for %d; name the model's own by --vocabulary"
              .formatted(what, tokenizer.vocabularySize(), expected));
    }
    return tokenizer;
  }

  private static Map<String, Object> card(Map<String, Object> known, Path origin) {
    Map<String, Object> card = new HashMap<>(known);
    card.put("convertedFrom", String.valueOf(origin.getFileName()));
    return card;
  }

  @Override
  public void close() {
    weights.close();
  }
}
