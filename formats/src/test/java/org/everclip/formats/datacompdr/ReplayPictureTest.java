package org.everclip.formats.datacompdr;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayPictureTest {

  private static final String FLIPPED = ", true, [[2, 0.3], [9, 0.5]]]";

  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  @ParameterizedTest
  @CsvSource({
    "48, 48, 0, 0, 48, 48, false",
    "40, 64, 12, 12, 50, 40, false", // inside the picture that stands in the middle
    "40, 64, 12, 11, 50, 41, true", // reaches into the left margin
    "64, 41, 11, 0, 41, 64, false",
    "64, 41, 10, 5, 20, 20, true"
  })
  void aLoaderThatKnowsNoPaddingSeesTheTeachersPixels(
      int width, int height, int top, int left, int high, int wide, boolean padded) {
    byte[] stored = ImageEncoder.jpeg(picture(width, height), 0.9f);
    List<Augmentation> onSquare =
        List.of(
            Augmentation.parse("[[%d, %d, %d, %d]%s".formatted(top, left, high, wide, FLIPPED)));

    ReplayPicture replay = ReplayPicture.of(stored, onSquare);

    assertThat(replay.padded()).isEqualTo(padded);
    if (!padded) {
      assertThat(replay.image()).isEqualTo(stored);
    }
    RgbImage square = Preprocessing.padToSquare(decoder.decodeTrusted(stored));
    RgbImage seen = decoder.decodeAsReference(replay.image());
    assertThat(replay.augmentations().get(0).apply(seen, 64))
        .isEqualTo(onSquare.get(0).apply(square, 64));
  }

  @Test
  void factsComeBackAsTheyWereAndOthersAreRefused() {
    var facts =
        new PairFacts(
            null,
            "source",
            2,
            "2026",
            "TRAIN",
            "2026-01-31T00:00:00Z",
            Map.of("b", "\u00fc\"", "a", "1"),
            "version",
            0.25f,
            List.of("captioner@1"),
            List.of("{\"seed\":1}"),
            List.of(new PairFacts.Teacher("one@a", 2), new PairFacts.Teacher("two@b", 3)));

    String json = facts.json("key", "ab");

    assertThat(PairFacts.parse(json.getBytes(UTF_8))).contains(facts);
    assertThat(json)
        .startsWith("{\"uid\":\"key\",\"sha256\":\"ab\",")
        .contains("\"a\":\"1\",\"b\"");
    assertThat(PairFacts.parse("{\"uid\":\"key\"}".getBytes(UTF_8))).isEmpty();
    for (String broken :
        List.of(
            "{\"everclip\":{}}",
            "{\"everclip\":{\"source\":7,\"captioners\":[]}}",
            json.replace("\"{\\\"seed\\\":1}\"", ""),
            "{")) {
      assertThatThrownBy(() -> PairFacts.parse(broken.getBytes(UTF_8)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static RgbImage picture(int width, int height) {
    byte[] pixels = new byte[3 * width * height];
    new Random(1).nextBytes(pixels);
    return new RgbImage(width, height, pixels);
  }
}
