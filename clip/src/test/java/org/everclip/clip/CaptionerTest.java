package org.everclip.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.everclip.clip.Decoding.Method;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.script.TorchScript;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CaptionerTest {

  private static final int SIDE = 64;

  private static final String WHOLE =
      """
        def whole(self, p: List[Tensor], b: List[Tensor], x: Tensor, ids: Tensor) -> Tensor:
          return self.caption_logits(p, b, x, ids, False)
      """;

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();
  private Tokenizer tokenizer;
  private Network network;
  private Weights weights;
  private Captioner captioner;

  @BeforeEach
  void opens() throws Exception {
    var file = folder.resolve("tokenizer.json");
    Tokenizers.write(
        Tokenizers.train(List.of("a red square", "a blue circle on white", "two triangles"), 600),
        file);
    tokenizer = Tokenizers.load(file);
    var architecture =
        Architecture.named("coca-nano").withVocabularySize(tokenizer.vocabularySize());
    network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    weights = Weights.initialize(network, manager, 7);
    captioner =
        Captioner.of(architecture, weights, tokenizer, Preprocessing.plain(SIDE), Precision.FP32);
  }

  @AfterEach
  void closes() {
    captioner.close();
    manager.close();
  }

  /** Computes every id from the whole sequence before it, without keys and values that are kept. */
  @ParameterizedTest
  @EnumSource(Method.class)
  void keptKeysAndValuesChangeNoId(Method method) {
    var decoding = new Decoding(method, 0.9, 5, 0.8, 14, 5, 1.1);
    var random = new Random(11);
    var draws = random.doubles(6 * 32).toArray();
    var pixels = pixels(3);

    var ids = captioner.generate(pixels, 2, decoding, (row, length) -> draws[row * 32 + length]);

    assertThat(ids).hasNumberOfRows(6);
    var script = TorchScript.load(manager, network.source() + WHOLE);
    for (int row = 0; row < 6; row++) {
      assertThat(ids[row])
          .isEqualTo(wholeEachTime(script, pixels.get(row / 2), decoding, row, draws));
    }
    if (method != Method.GREEDY) {
      assertThat(ids[0]).isNotEqualTo(ids[1]);
    }
  }

  @Test
  void captionsDependOnPictureSeedAndHowManyAPictureGets() {
    var decoding = Decoding.nucleus(12);
    var pictures = pictures(14);
    var seeds = new long[14][3];
    for (int i = 0; i < 14; i++) {
      seeds[i] = new long[] {i, 100 + i, 7};
    }

    var together = captioner.caption(pictures, decoding, seeds);

    assertThat(together).hasSize(14).allMatch(captions -> captions.size() == 3);
    for (int i = 0; i < 14; i++) {
      assertThat(
              captioner.caption(List.of(pictures.get(i)), decoding, new long[][] {seeds[i]}).get(0))
          .isEqualTo(together.get(i));
    }
  }

  @Test
  void aCaptionIsNotTooShortAndHasAnEnd() {
    var decoding = new Decoding(Method.TOP_P, 1, 1, 5, 9, 6, 1);

    var ids =
        captioner.generate(
            pixels(4), 8, decoding, (row, length) -> (row * 31 + length * 17) % 97 / 97.0);

    for (var row : ids) {
      assertThat(row).hasSize(9).startsWith(tokenizer.startId());
      int end = indexOf(row, tokenizer.endId());
      int padding = indexOf(row, 0);
      assertThat(end >= 0 ? end : padding).isBetween(1, 8);
      assertThat(end < 0 || end >= 6).isTrue();
      int last = end >= 0 ? end : padding;
      assertThat(Arrays.copyOfRange(row, last + 1, 9)).containsOnly(new long[9 - last - 1]);
    }
  }

  @Test
  void onePictureMayGetMoreCaptionsThanAreDecodedTogether() {
    var captions =
        captioner.caption(
            pictures(2), Decoding.nucleus(6), new long[][] {new long[40], new long[40]});

    assertThat(captions).allMatch(each -> each.size() == 40);
    assertThat(captions.get(0)).containsOnly(captions.get(0).get(0));
  }

  @Test
  void aCaptionEndsBeforeTheFirstFullStopAndHasWholeCharactersOnly() {
    assertThat(Captioner.sentence("a flag. of a land")).isEqualTo("a flag");
    assertThat(Captioner.sentence("peace \ufffd , fl\ufffd\ufffdower \ufffd"))
        .isEqualTo("peace , flower");
    assertThat(Captioner.sentence("\ufffd. nothing")).isEmpty();
  }

  @Test
  void saysWhatIsWrongWithTheSeeds() {
    assertThatThrownBy(
            () -> captioner.caption(pictures(2), Decoding.greedy(6), new long[][] {{1, 2}, {1}}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("equally many seeds")
        .hasMessageContaining("[2, 1]");
    assertThat(captioner.caption(List.of(), Decoding.greedy(6), new long[0][])).isEmpty();
  }

  private long[] wholeEachTime(
      TorchScript script, float[] pixels, Decoding decoding, int row, double[] draws) {
    var ids = new long[decoding.maxLength()];
    ids[0] = tokenizer.startId();
    for (int t = 1; t < ids.length; t++) {
      if (t + 1 == ids.length && decoding.method().forcesEnd()) {
        ids[t] = tokenizer.endId();
        return ids;
      }
      try (var scope = manager.newSubManager()) {
        float[] logits =
            script
                .call(
                    "whole",
                    false,
                    scope,
                    List.of(weights.parameters(), weights.buffers()),
                    scope.create(pixels, new Shape(1, 3, SIDE, SIDE)),
                    scope.create(Arrays.copyOf(ids, t), new Shape(1, t)))
                .singletonOrThrow()
                .toFloatArray();
        var last = new double[network.vocabularySize()];
        for (int i = 0; i < last.length; i++) {
          last[i] = logits[(t - 1) * last.length + i];
        }
        if (t < decoding.minLength()) {
          last[tokenizer.endId()] = Double.NEGATIVE_INFINITY;
        }
        Sampling.penalize(last, ids, t, decoding.repetitionPenalty());
        ids[t] = Sampling.choose(last, decoding, draws[row * 32 + t]);
      }
      if (ids[t] == tokenizer.endId() || ids[t] == 0) {
        return ids;
      }
    }
    return ids;
  }

  private static int indexOf(long[] row, long id) {
    for (int i = 0; i < row.length; i++) {
      if (row[i] == id) {
        return i;
      }
    }
    return -1;
  }

  private static List<RgbImage> pictures(int count) {
    var random = new Random(3);
    var pictures = new ArrayList<RgbImage>();
    for (int i = 0; i < count; i++) {
      var bytes = new byte[3 * SIDE * SIDE];
      random.nextBytes(bytes);
      pictures.add(new RgbImage(SIDE, SIDE, bytes));
    }
    return pictures;
  }

  private static List<float[]> pixels(int count) {
    return pictures(count).stream()
        .map(
            picture -> {
              var pixels = new float[3 * SIDE * SIDE];
              Preprocessing.plain(SIDE).toTensor(picture, pixels, 0);
              return pixels;
            })
        .toList();
  }
}
