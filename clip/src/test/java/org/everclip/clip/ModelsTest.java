package org.everclip.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsTest {

  /** Different batch sizes may use different kernels: last bits only. */
  private static final float LAST_BITS = 1e-6f;

  private static final List<String> TEXTS =
      List.of("a red square", "a blue circle on white", "two green triangles", "a red circle");

  @TempDir Path folder;
  private Path tokenizer;

  @BeforeEach
  void learnsATokenizer() throws Exception {
    tokenizer = folder.resolve("learned.json");
    Tokenizers.write(Tokenizers.train(TEXTS, 600), tokenizer);
  }

  @Test
  void aWrittenModelEmbedsAsTheOneInMemory() throws Exception {
    var directory = write("mobileclip-nano");
    try (var manager = NDManager.newBaseManager();
        var loaded = ClipModel.load(directory, Precision.FP32);
        var weights = ModelDirectory.read(directory).trainWeights(manager);
        var inMemory =
            ClipModel.of(
                loaded.architecture(),
                weights,
                loaded.tokenizer(),
                loaded.preprocessing(),
                Precision.FP32)) {

      assertThat(loaded.encodeImages(pictures(3)))
          .isDeepEqualTo(inMemory.encodeImages(pictures(3)));
      assertThat(loaded.encodeTexts(TEXTS)).isDeepEqualTo(inMemory.encodeTexts(TEXTS));
      assertThat(loaded.embedDim()).isEqualTo(128);
      assertThat(loaded.logitScale()).isCloseTo(1 / 0.07f, within(1e-3f));
      assertThat(loaded.weightsSha256()).hasSize(64);
    }
  }

  @Test
  void embeddingsHaveLengthOneAndDoNotDependOnTheCompany() throws Exception {
    try (var model = ClipModel.load(write("mobileclip-nano"), Precision.FP32)) {
      var pictures = pictures(16);

      var together = model.encodeImages(pictures);

      assertThat(length(together[0])).isCloseTo(1.0, within(1e-6));
      var reversed = new ArrayList<RgbImage>(pictures);
      Collections.reverse(reversed);
      var other = model.encodeImages(reversed);
      for (int i = 0; i < pictures.size(); i++) {
        assertThat(other[pictures.size() - 1 - i]).isEqualTo(together[i]);
        assertThat(model.encodeImages(List.of(pictures.get(i)))[0])
            .containsExactly(together[i], within(LAST_BITS));
      }
    }
  }

  @Test
  void bfloat16PointsInTheSameDirection() throws Exception {
    var directory = write("mobileclip-nano");
    try (var exact = ClipModel.load(directory, Precision.FP32);
        var fast = ClipModel.load(directory, Precision.BF16)) {
      assertThat(dot(exact.encodeTexts(TEXTS)[1], fast.encodeTexts(TEXTS)[1])).isGreaterThan(0.998);
      assertThat(dot(exact.encodeImages(pictures(1))[0], fast.encodeImages(pictures(1))[0]))
          .isGreaterThan(0.998);
    }
  }

  @Test
  void severalThreadsGetTheSameRowsAsOne() throws Exception {
    try (var model = ClipModel.load(write("vit-nano-teacher"), Precision.BF16)) {
      var expected = model.encodeImages(pictures(5));

      var calls = new ArrayList<CompletableFuture<float[][]>>();
      for (int i = 0; i < 12; i++) {
        calls.add(CompletableFuture.supplyAsync(() -> model.encodeImages(pictures(5))));
      }

      for (var call : calls) {
        assertThat(call.get()).isDeepEqualTo(expected);
      }
    }
  }

  @Test
  void captionsDependOnPictureAndSeedOnly() throws Exception {
    try (var captioner = Captioner.load(write("coca-nano"), Precision.FP32)) {
      var decoding = Decoding.nucleus(10);

      var together = captioner.caption(pictures(4), decoding, new long[] {1, 2, 3, 4});

      assertThat(together).hasSize(4);
      var again = captioner.caption(pictures(4), decoding, new long[] {1, 2, 3, 4});
      assertThat(again).isEqualTo(together);
      var others = captioner.caption(pictures(4), decoding, new long[] {9, 2, 8, 7});
      assertThat(others.get(1)).isEqualTo(together.get(1));
      assertThat(others.get(0)).isNotEqualTo(together.get(0));
    }
  }

  @Test
  void greedyCaptionsAreTheReferences() throws Exception {
    var golden = Golden.json("open_clip_tiny_coca").get("greedy");

    var ids = goldenIds(Decoding.greedy(13), (row, length) -> 0);

    for (int row = 0; row < 2; row++) {
      assertThat(ids[row]).isEqualTo(longs(golden.get("ids").get(row)));
    }
  }

  @Test
  void nucleusSamplingIsTheReferences() throws Exception {
    var golden = Golden.json("open_clip_tiny_coca").get("top_p_sampling");
    var stream = Golden.uniform("caption.sample", 128);

    var ids =
        goldenIds(Decoding.nucleus(16), (row, length) -> (stream[row * 64 + length - 1] + 1) / 2);

    for (int row = 0; row < 2; row++) {
      assertThat(ids[row]).isEqualTo(longs(golden.get("ids_fixed_length").get(row)));
    }
  }

  @Test
  void namesWhatIsWrongWithADirectory() throws Exception {
    var directory = write("mobileclip-nano");

    assertThatThrownBy(() -> Captioner.load(directory, Precision.FP32))
        .hasMessageContaining("is not a captioner");
    Files.copy(
        directory.resolve(ModelDirectory.TRAIN_WEIGHTS),
        directory.resolve(ModelDirectory.WEIGHTS),
        StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> ClipModel.load(directory, Precision.FP32))
        .hasMessageContaining("missing image_encoder.model.patch_embed.0.reparam_conv.weight")
        .hasMessageContaining(
            "unexpected image_encoder.model.patch_embed.0.rbr_conv.0.conv.weight");
    assertThatThrownBy(() -> ClipModel.load(folder.resolve("none"), Precision.FP32))
        .hasMessageContaining("is not a model: there is no such folder");
  }

  /** The tiny captioner of the goldens; its ids 510 and 511 are start and end. */
  private static long[][] goldenIds(Decoding decoding, Captioner.Draws draws) {
    var network = Networks.create(Golden.TINY_COCA, Precision.FP32, Form.TRAIN);
    try (var manager = NDManager.newBaseManager();
        var weights = Weights.of(network, manager, Golden::fill);
        var captioner =
            Captioner.of(
                Golden.TINY_COCA,
                weights,
                NumberTokenizer.of(Golden.TINY_COCA),
                Preprocessing.plain(64),
                Precision.FP32)) {
      var pixels = Golden.images("input.image", 2, 64);
      int half = pixels.length / 2;
      return captioner.generate(
          List.of(Arrays.copyOf(pixels, half), Arrays.copyOfRange(pixels, half, 2 * half)),
          1,
          decoding,
          draws);
    }
  }

  private Path write(String name) throws Exception {
    var vocabulary = Tokenizers.load(tokenizer).vocabularySize();
    var architecture = Architecture.named(name).withVocabularySize(vocabulary);
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    var directory = folder.resolve(architecture.name());
    try (var manager = NDManager.newBaseManager();
        var weights = Weights.initialize(network, manager, 7)) {
      ModelDirectory.write(
          directory,
          architecture,
          weights,
          tokenizer,
          Preprocessing.plain(64),
          Map.of("licence", "Apache-2.0"));
    }
    return directory;
  }

  private static List<RgbImage> pictures(int count) {
    var random = new Random(3);
    var pictures = new ArrayList<RgbImage>();
    for (int i = 0; i < count; i++) {
      var pixels = new byte[3 * 64 * 64];
      random.nextBytes(pixels);
      pictures.add(new RgbImage(64, 64, pixels));
    }
    return pictures;
  }

  private static long[] longs(JsonNode array) {
    var values = new long[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asLong();
    }
    return values;
  }

  private static double length(float[] row) {
    return Math.sqrt(dot(row, row));
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
