package org.everclip.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Architecture.Family;
import org.everclip.clip.network.Architecture.Text;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionWriterTest {

  private static final int SIDE = 32;

  @TempDir private Path folder;

  @Test
  void aVersionThatOpenClipCanExpressHasItsFiles() throws Exception {
    Architecture nano = Architecture.named("mobileclip-nano");
    var vit =
        new Architecture(
            "vit",
            Family.CLIP,
            org.everclip.clip.network.Naming.OPEN_CLIP,
            16,
            SIDE,
            null,
            null,
            new Architecture.VisionTransformer(8, 32, 1, 1, 0, 0),
            new Text(12, 560, 16, 2, 1, true, false, nano.text().activation()),
            null);

    Path version = write(vit);

    assertThat(version.resolve("open_clip_config.json"))
        .content()
        .contains("everclip/student")
        .contains("\"patch_size\" : 8");
    assertThat(version.resolve("open_clip_model.safetensors")).exists();
    assertThat(version.resolve("tokenizer_config.json")).exists();
    assertThat(version.resolve("README.md")).content().contains("hf-hub:everclip/student");
  }

  @Test
  void aVersionThatItCannotExpressSaysWhy() throws Exception {
    Architecture nano = Architecture.named("mobileclip-nano").withVocabularySize(560);

    Path version = write(nano);

    try (var files = Files.list(version)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .contains("model.safetensors", "train.safetensors", "tokenizer.json")
          .noneMatch(name -> name.startsWith("open_clip"));
    }
    assertThat(version.resolve("README.md"))
        .content()
        .contains("open_clip cannot load this version")
        .contains("text tower with convolutional blocks");
  }

  private Path write(Architecture architecture) throws Exception {
    Tokenizer tokenizer =
        Tokenizers.train(
            IntStream.range(0, 30).mapToObj(i -> "picture " + i + " of a colour").toList(), 560);
    Path tokenizerFile = folder.resolve("tokenizer.json");
    Tokenizers.write(tokenizer, tokenizerFile);
    Path outbox = folder.resolve("outbox");
    var publication =
        new Publication("student", "key", 1, 12, 0, Map.of(), "r", List.of("Apache-2.0"), Map.of());
    try (NDManager scope = NDManager.newBaseManager("PyTorch");
        Weights weights =
            Weights.initialize(
                Networks.create(architecture, Precision.FP32, Form.TRAIN), scope, 7)) {
      new VersionWriter(
              outbox, tokenizerFile, Preprocessing.plain(architecture.imageSize()), "everclip")
          .write(publication, architecture, weights);
    }
    return VersionWriter.folder(outbox, 1).resolve("version");
  }
}
