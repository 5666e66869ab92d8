package org.everclip.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model that was written in part is never taken for a whole one. */
class ModelDirectoryTest {

  private final NDManager manager = NDManager.newBaseManager();

  @TempDir Path folder;
  private Path tokenizer;
  private Path model;

  @BeforeEach
  void learnsATokenizer() throws Exception {
    tokenizer = folder.resolve("words.json");
    Tokenizers.write(Tokenizers.train(List.of("a red car", "a blue car"), 520), tokenizer);
    model = folder.resolve("model");
  }

  @AfterEach
  void frees() {
    manager.close();
  }

  @Test
  void replacesAModel() throws Exception {
    write(1, tokenizer);
    Map<String, byte[]> first = files();

    write(2, tokenizer);

    assertThat(files().keySet())
        .isEqualTo(first.keySet())
        .containsExactlyInAnyOrderElementsOf(ModelWriter.FILES);
    assertThat(files().get(ModelDirectory.WEIGHTS)).isNotEqualTo(first.get(ModelDirectory.WEIGHTS));
    assertThat(ModelDirectory.read(model).card()).containsEntry("seed", 2);
  }

  /** As happens when the disk is full: the files that came before are all written. */
  @Test
  void aFailureLeavesTheOldModelAsItWas() throws Exception {
    write(1, tokenizer);
    Map<String, byte[]> before = files();

    assertThatThrownBy(() -> write(2, folder.resolve("none.json")))
        .isInstanceOf(NoSuchFileException.class);

    assertThat(files()).containsExactlyEntriesOf(before);
  }

  @Test
  void aFailureLeavesNoModelWhereThereWasNone() {
    assertThatThrownBy(() -> write(1, folder.resolve("none.json")))
        .isInstanceOf(NoSuchFileException.class);

    assertThat(model).isEmptyDirectory();
    assertThatThrownBy(() -> ModelDirectory.read(model)).hasMessageContaining("is not a model");
  }

  /** What a crash leaves after so many renames, with an older model in the folder. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aFolderBetweenTwoModelsIsNone(int renamed) throws Exception {
    write(1, tokenizer);
    Path aside = Files.createDirectory(folder.resolve("aside"));
    for (String file : ModelWriter.FILES.subList(0, renamed)) {
      Files.copy(model.resolve(file), aside.resolve(file));
    }

    assertThatThrownBy(() -> ModelWriter.publish(aside, model))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(ModelWriter.FILES.get(renamed));

    assertThatThrownBy(() -> ModelDirectory.read(model)).hasMessageContaining("is not a model");
    write(2, tokenizer);
    assertThat(ModelDirectory.read(model).card()).containsEntry("seed", 2);
  }

  /** As a copy that was interrupted. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.0001, 0.01, 0.5, 0.999999})
  void weightsThatAreCutShortAreRefused(double share) throws Exception {
    write(1, tokenizer);
    Path weights = model.resolve(ModelDirectory.WEIGHTS);
    byte[] whole = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(whole, (int) (share * whole.length)));

    assertThatThrownBy(() -> ClipModel.load(model, Precision.FP32))
        .hasMessageContaining(ModelDirectory.WEIGHTS);
  }

  @Test
  void aMissingFileIsNamed() throws Exception {
    for (String file : List.of(ModelDirectory.WEIGHTS, ModelDirectory.TOKENIZER)) {
      write(1, tokenizer);
      Files.delete(model.resolve(file));

      assertThatThrownBy(() -> ClipModel.load(model, Precision.FP32)).hasMessageContaining(file);
    }
  }

  private void write(int seed, Path words) throws IOException {
    var vocabulary = Tokenizers.load(tokenizer).vocabularySize();
    var architecture = Golden.TINY_MOBILECLIP.withVocabularySize(vocabulary);
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    try (var weights = Weights.initialize(network, manager, seed)) {
      ModelDirectory.write(
          model, architecture, weights, words, Preprocessing.plain(64), Map.of("seed", seed));
    }
  }

  private Map<String, byte[]> files() throws IOException {
    try (Stream<Path> all = Files.list(model)) {
      var files = new TreeMap<String, byte[]>();
      for (Path file : all.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
      return files;
    }
  }
}
