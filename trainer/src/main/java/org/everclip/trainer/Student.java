package org.everclip.trainer;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.training.AdamW;
import org.everclip.clip.training.Compatibility;
import org.everclip.clip.training.Objective;
import org.everclip.clip.training.TrainSession;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.RegistryNames;
import org.everclip.contracts.registry.VersionDirectory;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.Preprocessing;
import org.everclip.trainer.round.BatchAssembler.StudentInput;
import org.jspecify.annotations.Nullable;

/**
 * The model that learns: its architecture for the tokenizer's vocabulary, what it takes, and how it
 * begins.
 *
 * @param begin the model directory that it begins with, or null for a start from scratch
 */
record Student(
    Architecture architecture,
    Tokenizer tokenizer,
    Path tokenizerFile,
    Preprocessing preprocessing,
    @Nullable ModelDirectory begin) {

  /** Adam's constants for the small models (CLIP: beta2 0.98, epsilon 1e-6). */
  private static final AdamW ADAM = AdamW.small();

  static Student of(EverclipConfig config) throws IOException {
    EverclipConfig.Trainer settings = config.trainer();
    Path file = config.inProgram(settings.tokenizer());
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "trainer.tokenizer names %s, which is not there; the demo models bring one"
              .formatted(file));
    }
    Tokenizer tokenizer = Tokenizers.load(file);
    if (settings.initFrom().isBlank()) {
      Architecture architecture =
          Architecture.named(settings.model()).withVocabularySize(tokenizer.vocabularySize());
      var preprocessing =
          new Preprocessing(
              architecture.imageSize(),
              new float[] {0, 0, 0},
              new float[] {1, 1, 1},
              Filter.BICUBIC,
              Fit.PAD_WHITE);
      return new Student(architecture, tokenizer, file, preprocessing, null);
    }
    ModelDirectory begin = ModelDirectory.read(config.inProgram(settings.initFrom()));
    if (!Sha256.hex(file).equals(Sha256.hex(begin.tokenizerFile()))) {
      throw new IllegalArgumentException(
          "trainer.initFrom has another tokenizer than trainer.tokenizer; name %s there"
              .formatted(begin.tokenizerFile()));
    }
    return new Student(begin.architecture(), tokenizer, file, begin.preprocessing(), begin);
  }

  StudentInput input() {
    return new StudentInput(tokenizer, architecture.text().contextLength(), preprocessing);
  }

  /** A session at step 0; the caller closes it. */
  TrainSession session(EverclipConfig.Trainer settings, NDManager manager) {
    if (begin == null) {
      return TrainSession.create(
          architecture,
          precision(settings.precision()),
          objective(settings),
          settings.seed(),
          manager);
    }
    try (Weights weights = begin.trainWeights(manager)) {
      return session(settings, weights, manager);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the weights of " + begin.path(), e);
    }
  }

  /** A session that begins with copies of these weights; the caller closes it. */
  TrainSession session(EverclipConfig.Trainer settings, Weights weights, NDManager manager) {
    return TrainSession.create(
        architecture, precision(settings.precision()), objective(settings), weights, manager);
  }

  private static Objective objective(EverclipConfig.Trainer settings) {
    var optimizer =
        new AdamW(
            ADAM.beta1(),
            ADAM.beta2(),
            ADAM.epsilon(),
            settings.weightDecay(),
            settings.clipNorm(),
            settings.emaDecay());
    Objective objective =
        Objective.reinforced(settings.lambda()).with(optimizer).inParts(settings.microBatch());
    var term = settings.compatibility();
    return term.weight() == 0
        ? objective
        : objective.with(new Compatibility(term.weight(), term.temperature(), mask(term.mask())));
  }

  private static Compatibility.Mask mask(String name) {
    return switch (name) {
      case "wrong" -> Compatibility.Mask.WRONG;
      case "all" -> Compatibility.Mask.ALL;
      default ->
          throw new IllegalArgumentException(
              "trainer.compatibility.mask must be wrong or all, but is " + name);
    };
  }

  /** The version of this model that training begins with; 0 if it is none. */
  int initialParent(String model) {
    if (begin == null || !Files.exists(begin.path().resolve(RegistryNames.MANIFEST_FILE))) {
      return 0;
    }
    var manifest = new VersionDirectory(begin.path()).manifest().manifest();
    return manifest.model().equals(model) ? manifest.version() : 0;
  }

  static Precision precision(String name) {
    try {
      return Precision.named(name);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("trainer." + e.getMessage(), e);
    }
  }
}
