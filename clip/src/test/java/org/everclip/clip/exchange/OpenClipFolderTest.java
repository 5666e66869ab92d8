package org.everclip.clip.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.everclip.clip.ClipModel;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.ClipVocabulary;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.weights.SafetensorsReader;
import org.everclip.formats.weights.SafetensorsWriter;
import org.everclip.formats.weights.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenClipFolderTest {

  private static final List<String> TEXTS = List.of("a red ball", "", "the blue ball, a cat");

  @TempDir Path folder;

  private final NDManager manager = NDManager.newBaseManager("PyTorch");
  private final Tokenizer tokenizer =
      Tokenizers.train(List.of("a red ball", "a blue ball", "the cat", "the red cat"), 540);
  private final Architecture architecture =
      Architecture.named("vit-nano-teacher").withVocabularySize(tokenizer.vocabularySize());
  private final Preprocessing preprocessing = Preprocessing.openAi(64);
  private Weights weights;

  @BeforeEach
  void makeWeights() {
    weights =
        Weights.initialize(Networks.create(architecture, Precision.FP32, Form.TRAIN), manager, 1);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void anExportedFolderIsTheSameModel() throws IOException {
    export();

    try (var exported = ClipModel.load(folder, Precision.FP32);
        var model = ClipModel.of(architecture, weights, tokenizer, preprocessing, Precision.FP32)) {
      assertThat(exported.preprocessing()).isEqualTo(preprocessing);
      assertThat(exported.encodeTexts(TEXTS)).isDeepEqualTo(model.encodeTexts(TEXTS));
    }
    JsonNode config = new ObjectMapper().readTree(folder.resolve("open_clip_config.json").toFile());
    JsonNode text = config.path("model_cfg").path("text_cfg");
    assertThat(text.path("hf_tokenizer_name").asText()).isEqualTo("everclip/student");
    assertThat(text.path("tokenizer_kwargs").path("clean").asText()).isEqualTo("lower");
    assertThat(folder.resolve("tokenizer_config.json")).content().contains("\"<pad>\"");
  }

  @Test
  void weightsFurtherTrainedComeFromTheFolderToo() throws IOException {
    export();

    try (var read = ModelDirectory.read(folder).trainWeights(manager)) {
      assertThat(read.get("visual.proj").toFloatArray())
          .isEqualTo(weights.get("visual.proj").toFloatArray());
    }
  }

  @Test
  void aTextTowerMayHaveAPrefixAndTheScaleAShape() throws IOException {
    export();
    rewrite(
        name ->
            name.matches("(token_|positional_|transformer|ln_final|text_proj).*")
                ? "text." + name
                : name);

    try (var exported = ClipModel.load(folder, Precision.FP32);
        var model = ClipModel.of(architecture, weights, tokenizer, preprocessing, Precision.FP32)) {
      assertThat(exported.encodeTexts(TEXTS)[0]).containsExactly(model.encodeTexts(TEXTS)[0]);
    }
  }

  @Test
  void everyTensorThatDoesNotFitIsListed() throws IOException {
    export();
    rewrite(name -> name.equals("ln_final.bias") ? "ln_last.bias" : name);

    assertThatThrownBy(() -> ClipModel.load(folder, Precision.FP32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("missing ln_final.bias")
        .hasMessageContaining("unexpected ln_last.bias");
  }

  @Test
  void aFolderWithoutVocabularySaysWhatToDo() throws IOException {
    export();
    Files.delete(folder.resolve("tokenizer.json"));
    var none = new ClipVocabulary(java.util.Optional.empty());

    assertThatThrownBy(() -> ClipModel.load(folder, Precision.FP32, none))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("--vocabulary")
        .hasMessageContaining(ClipVocabulary.VARIABLE);
  }

  @Test
  void aVocabularyOfAnotherSizeIsRefused() throws IOException {
    export();
    Tokenizers.write(Tokenizers.train(TEXTS, 520), folder.resolve("tokenizer.json"));

    assertThatThrownBy(() -> ClipModel.load(folder, Precision.FP32))
        .hasMessageContaining("ids, but the model " + tokenizer.vocabularySize());
  }

  @Test
  void weightsTellWhichModelTheyAre() throws IOException {
    export();

    try (var file = ForeignWeights.open(folder.resolve(OpenClipFolder.WEIGHTS))) {
      assertThat(file.identify()).isEqualTo(architecture);
      assertThat(file.dialect()).isEqualTo("names of CLIP");
    }
    rewrite(name -> name.equals("ln_final.bias") ? "ln_last.bias" : name);
    try (var file = ForeignWeights.open(folder.resolve(OpenClipFolder.WEIGHTS))) {
      assertThatThrownBy(file::identify)
          .hasMessageContaining("no known model")
          .hasMessageContaining("Nearest is 'vit-nano-teacher', which differs in 2 tensors");
    }
    rewrite(name -> name.equals("ln_last.bias") ? "visual.reparam_conv.bias" : name);
    try (var file = ForeignWeights.open(folder.resolve(OpenClipFolder.WEIGHTS))) {
      assertThatThrownBy(file::identify).hasMessageContaining("cannot be unfolded");
    }
  }

  @Test
  void whatOpenClipDoesNotHaveIsAnAnswer() throws IOException {
    var nano = Architecture.named("mobileclip-nano").withVocabularySize(tokenizer.vocabularySize());

    var outcome =
        OpenClipExport.write(folder, nano, weights, tokenizer, preprocessing, "everclip/nano");

    assertThat(outcome).isInstanceOf(OpenClipExport.NotExpressible.class);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void hubVocabulariesAreFound() throws IOException {
    Tokenizers.write(tokenizer, folder.resolve("tokenizer.json"));
    JsonNode model = new ObjectMapper().readTree(folder.resolve("tokenizer.json").toFile());
    Files.delete(folder.resolve("tokenizer.json"));
    assertThat(Tokenizers.find(folder)).isEmpty();
    Files.writeString(folder.resolve("vocab.json"), model.path("model").path("vocab").toString());
    List<String> merges = new ArrayList<>(List.of("#version: 0.2"));
    model.path("model").path("merges").forEach(merge -> merges.add(merge.asText()));
    Files.write(folder.resolve("merges.txt"), merges);

    var found = Tokenizers.find(folder).orElseThrow();

    assertThat(found.encode(TEXTS.get(2), 16)).isEqualTo(tokenizer.encode(TEXTS.get(2), 16));
    assertThat(Tokenizers.isClip(found)).isFalse();
  }

  @Test
  void theReferencesFolderGivesTheReferencesEmbeddings() throws IOException {
    var sample = Path.of("src/test/resources/golden/hub-tiny-clip");
    var read = OpenClipFolder.read(sample);

    try (var train = read.trainWeights(manager);
        var model =
            ClipModel.of(
                read.architecture(), train, tokenizer, read.preprocessing(), Precision.FP32);
        var in = OpenClipFolderTest.class.getResourceAsStream("/golden/open_clip_tiny_clip.json")) {
      JsonNode golden = new ObjectMapper().readTree(in);
      long[][] ids = new long[golden.path("tokens").size()][model.contextLength()];
      for (int row = 0; row < ids.length; row++) {
        for (int i = 0; i < golden.path("tokens").path(row).size(); i++) {
          ids[row][i] = golden.path("tokens").path(row).path(i).asLong();
        }
      }
      float[][] rows = model.encodeIds(ids);
      for (int row = 0; row < rows.length; row++) {
        for (int i = 0; i < rows[row].length; i++) {
          assertThat(rows[row][i])
              .isCloseTo(
                  golden.path("text_embedding").path(row).path(i).floatValue(), within(2e-6f));
        }
      }
      assertThat(rows).hasDimensions(3, 32);
    }
  }

  private void export() throws IOException {
    var outcome =
        OpenClipExport.write(
            folder, architecture, weights, tokenizer, preprocessing, "everclip/student");
    assertThat(outcome)
        .isEqualTo(
            new OpenClipExport.Written(
                List.of(
                    "tokenizer_config.json",
                    "tokenizer.json",
                    "open_clip_model.safetensors",
                    "open_clip_config.json")));
  }

  /** Renames tensors and gives the scale of the logits one dimension. */
  private void rewrite(UnaryOperator<String> names) throws IOException {
    var file = folder.resolve(OpenClipFolder.WEIGHTS);
    List<Tensor> tensors = new ArrayList<>();
    try (var reader = SafetensorsReader.open(file)) {
      for (var info : reader.tensors().values()) {
        long[] shape = info.name().equals("logit_scale") ? new long[] {1} : info.shape();
        tensors.add(new Tensor(names.apply(info.name()), shape, reader.floats(info.name())));
      }
    }
    SafetensorsWriter.write(file, tensors, Map.of());
  }
}
