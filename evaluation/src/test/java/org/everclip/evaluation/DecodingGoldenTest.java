package org.everclip.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import org.everclip.contracts.Sha256;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.Test;

/** Pixels as the reference's reader and transform give them. */
class DecodingGoldenTest {

  private static final Path DATASETS = Path.of("src/test/resources/datasets");
  private static final ImageDecoder DECODER = new ImageDecoder(ImageLimits.defaults());

  @Test
  void decodesAsPillow() throws Exception {
    JsonNode golden = Goldens.file("decoding.json").path("samples");
    var images = images();
    assertThat(images).hasSize(golden.size());
    for (int i = 0; i < images.size(); i++) {
      RgbImage image = images.get(i);
      JsonNode expected = golden.path(i);
      assertThat(image.width()).isEqualTo(expected.path("width").asInt());
      assertThat(image.height()).isEqualTo(expected.path("height").asInt());
      boolean jpeg = i == 4 || i == 5;
      if (!jpeg) {
        assertThat(Sha256.hex(image.pixels()))
            .as("sample %d", i)
            .isEqualTo(expected.path("sha256_rgb_bytes").asText());
      }
      for (int c = 0; c < 3; c++) {
        assertThat(image.pixels()[c] & 0xff)
            .as("first pixel of sample %d", i)
            .isBetween(
                expected.path("pixel_0_0").path(c).asInt() - (jpeg ? 3 : 0),
                expected.path("pixel_0_0").path(c).asInt() + (jpeg ? 3 : 0));
      }
    }
  }

  @Test
  void transformsAsPillow() throws Exception {
    var images = images();
    for (JsonNode golden : Goldens.cases("transform.json").toList()) {
      int index = Integer.parseInt(golden.path("image").asText().substring(1, 8));
      int size = golden.path("resize_shortest").asInt();
      assertThat(golden.path("center_crop").asInt()).isEqualTo(size);
      Filter filter =
          golden.path("interpolation").asText().equals("bilinear")
              ? Filter.BILINEAR
              : Filter.BICUBIC;
      float[] zero = {0, 0, 0};
      float[] one = {1, 1, 1};

      RgbImage square =
          new Preprocessing(size, zero, one, filter, Fit.CENTER_CROP).apply(images.get(index));

      int at = 0;
      for (JsonNode row : golden.path("rgb_rows")) {
        for (JsonNode value : row) {
          assertThat(square.pixels()[at++] & 0xff)
              .as("%s at %d", golden.path("image").asText(), at)
              .isEqualTo(value.asInt());
        }
      }
      assertThat(at).isEqualTo(square.pixels().length);
    }
  }

  private static ArrayList<RgbImage> images() throws Exception {
    Task task =
        TaskCatalogue.local(DATASETS).stream()
            .filter(t -> t.name().equals("wds_tiny-formats_test"))
            .findFirst()
            .orElseThrow();
    var images = new ArrayList<RgbImage>();
    DatasetFolder.open(task)
        .forEach(
            sample -> images.add(DECODER.decodeAsReference(((Sample.Labelled) sample).image())));
    return images;
  }
}
