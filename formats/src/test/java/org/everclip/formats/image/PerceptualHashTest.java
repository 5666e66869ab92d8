package org.everclip.formats.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.everclip.formats.Goldens;
import org.junit.jupiter.api.Test;

/**
 * The gate's rule on labelled pairs: hashes within 3 bits, then thumbnails below 6 levels. It finds
 * copies, also encoded again or scaled; brightened, cropped or marked ones it may keep apart.
 */
class PerceptualHashTest {
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  @Test
  void labelledPairsAreToldApart() {
    List<String> wrong = new ArrayList<>();
    for (JsonNode pair : Goldens.json("hostile/manifest.json").get("duplicates").get("pairs")) {
      RgbImage first = read(pair.get("a").asText());
      RgbImage second = read(pair.get("b").asText());
      int distance = PerceptualHash.distance(PerceptualHash.of(first), PerceptualHash.of(second));
      double rms = Thumbnail.rms(Thumbnail.of(first), Thumbnail.of(second));
      boolean found = distance <= 3 && rms < 6;
      String transform = pair.get("transform").asText();
      boolean expected = transform.matches("the same bytes|re-encoded.*|scaled.*");
      boolean open = !expected && !pair.get("relation").asText().equals("distinct");
      if (!open && found != expected) {
        wrong.add(transform + ": distance " + distance + ", rms " + rms);
      }
    }
    assertThat(wrong).isEmpty();
  }

  private RgbImage read(String name) {
    return decoder.decodeTrusted(Goldens.bytes("hostile/" + name));
  }

  @Test
  void flatPicturesHaveOneHashWhateverTheirColour() {
    assertThat(PerceptualHash.of(RgbImage.filled(50, 40, 0xffffff)))
        .isEqualTo(PerceptualHash.of(RgbImage.filled(33, 77, 0x336699)));
  }

  @Test
  void aThumbnailIsSmallAndDiffersByLevels() {
    byte[] dark = Thumbnail.of(RgbImage.filled(100, 30, 0x101010));
    byte[] light = Thumbnail.of(RgbImage.filled(30, 100, 0x161616));

    assertThat(dark).hasSize(768);
    assertThat(Thumbnail.rms(dark, light)).isEqualTo(6.0);
    assertThat(Thumbnail.rms(dark, dark)).isZero();
  }
}
