package org.everclip.formats.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Locale;
import java.util.zip.CRC32;
import org.everclip.formats.Goldens;
import org.junit.jupiter.api.Test;

class PreprocessingTest {
  /** The golden's digits. */
  private static final float PRINTED = 1e-6f;

  @Test
  void resizesAndCropsAsTheReference() {
    JsonNode goldens = Goldens.json("goldens/preprocess.json").get("cases");
    assertThat(goldens).hasSize(54);
    for (JsonNode golden : goldens) {
      RgbImage source =
          synthetic(golden.get("image").asText(), golden.get("w").asInt(), golden.get("h").asInt());
      assertThat(crc32(source)).isEqualTo(golden.get("src_crc32").asLong());
      int size = golden.get("size").asInt();
      Filter filter = Filter.valueOf(golden.get("mode").asText().toUpperCase(Locale.ROOT));
      Preprocessing clip = Preprocessing.openAi(size);
      Preprocessing preprocessing =
          new Preprocessing(size, clip.mean(), clip.std(), filter, Fit.CENTER_CROP);

      RgbImage square = preprocessing.apply(source);

      assertThat(crc32(square)).as(golden.toString()).isEqualTo(golden.get("crop_crc32").asLong());
      float[] tensor = new float[3 * size * size + 5];
      preprocessing.toTensor(square, tensor, 5);
      for (int channel = 0; channel < 3; channel++) {
        assertThat(tensor[5 + channel * size * size])
            .isCloseTo(
                golden.get("clip_normalized_px00").get(channel).floatValue(), within(PRINTED));
      }
    }
  }

  private static long crc32(RgbImage image) {
    CRC32 crc = new CRC32();
    crc.update(image.pixels());
    return crc.getValue();
  }

  private static RgbImage synthetic(String kind, int w, int h) {
    byte[] pixels = new byte[3 * w * h];
    for (int y = 0, i = 0; y < h; y++) {
      for (int x = 0; x < w; x++, i += 3) {
        if (kind.equals("busy")) {
          pixels[i] = (byte) (x * 3 + y * 5 + (x * y >> 3));
          pixels[i + 1] = (byte) (x * x + 2 * y);
          pixels[i + 2] = (byte) ((x ^ y) * 4);
        } else {
          pixels[i] = (byte) (x * 255 / Math.max(w - 1, 1));
          pixels[i + 1] = (byte) (y * 255 / Math.max(h - 1, 1));
          pixels[i + 2] = (byte) ((x + y) * 255 / Math.max(w + h - 2, 1));
        }
      }
    }
    return new RgbImage(w, h, pixels);
  }

  @Test
  void padsWithWhiteAroundTheMiddle() {
    Preprocessing padding =
        new Preprocessing(8, new float[3], new float[] {1, 1, 1}, Filter.BILINEAR, Fit.PAD_WHITE);

    RgbImage square = padding.apply(RgbImage.filled(40, 20, 0x000000));

    assertThat(square.crop(0, 0, 8, 2)).isEqualTo(RgbImage.filled(8, 2, 0xffffff));
    assertThat(square.crop(0, 2, 8, 4)).isEqualTo(RgbImage.filled(8, 4, 0x000000));
    assertThat(square.crop(0, 6, 8, 2)).isEqualTo(RgbImage.filled(8, 2, 0xffffff));
  }

  @Test
  void roundsTheShorterSideWhenItPads() {
    Preprocessing padding =
        new Preprocessing(8, new float[3], new float[] {1, 1, 1}, Filter.BILINEAR, Fit.PAD_WHITE);

    RgbImage square = padding.apply(RgbImage.filled(40, 28, 0x000000));

    // 28 * 8 / 40 = 5.6 becomes 6 rows, of which an odd rest of white would stand below.
    assertThat(square.crop(0, 1, 8, 6)).isEqualTo(RgbImage.filled(8, 6, 0x000000));
  }

  @Test
  void paddingToASquareScalesNothing() {
    RgbImage tall = RgbImage.filled(3, 7, 0x102030);

    RgbImage square = Preprocessing.padToSquare(tall);

    assertThat(square.width()).isEqualTo(7);
    assertThat(square.crop(2, 0, 3, 7)).isEqualTo(tall);
    assertThat(square.crop(0, 0, 2, 7)).isEqualTo(RgbImage.filled(2, 7, 0xffffff));
    assertThat(Preprocessing.padToSquare(square)).isSameAs(square);
  }

  @Test
  void travelsAsJson() throws Exception {
    JsonMapper json = new JsonMapper();

    String text = json.writeValueAsString(Preprocessing.openAi(224));

    assertThat(text).contains("\"size\":224", "\"filter\":\"BICUBIC\"", "\"fit\":\"CENTER_CROP\"");
    assertThat(json.readValue(text, Preprocessing.class)).isEqualTo(Preprocessing.openAi(224));
  }
}
