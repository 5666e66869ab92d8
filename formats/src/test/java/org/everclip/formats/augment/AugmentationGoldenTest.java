package org.everclip.formats.augment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.everclip.formats.Goldens;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.Resampler;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every case of the published augmentations, pixel for pixel. */
class AugmentationGoldenTest {
  private static final JsonNode GOLDENS = Goldens.json("goldens/augment.json");

  @TestFactory
  Stream<DynamicTest> givesTheReferencePixels() {
    return StreamSupport.stream(GOLDENS.get("cases").spliterator(), false)
        .map(
            golden ->
                DynamicTest.dynamicTest(golden.get("id").asText(), () -> replaysExactly(golden)));
  }

  private static void replaysExactly(JsonNode golden) {
    RgbImage result = replay(golden);

    assertThat(result.width()).isEqualTo(golden.get("width").asInt());
    assertThat(result.height()).isEqualTo(golden.get("height").asInt());
    assertThat(Goldens.sha256(result.pixels())).isEqualTo(golden.get("sha256_rgb").asText());
  }

  private static RgbImage replay(JsonNode golden) {
    RgbImage source = input(golden.get("input").asText());
    JsonNode config = golden.get("config");
    String parameters = golden.get("params").toString();
    JsonNode crop = config.path("random_resized_crop");
    if (crop.path("size").isArray()) {
      Step.ResizedCrop box = (Step.ResizedCrop) Augmentation.parse(parameters).steps().get(0);
      return Resampler.resize(
          source.crop(box.left(), box.top(), box.width(), box.height()),
          crop.get("size").get(1).asInt(),
          crop.get("size").get(0).asInt(),
          Filter.BICUBIC);
    }
    if (config.has("random_erase") && golden.get("params").get(0).isArray()) {
      JsonNode box = golden.get("params").get(0);
      Step erase =
          new Step.Erase(
              box.get(0).asInt(), box.get(1).asInt(), box.get(2).asInt(), box.get(3).asInt());
      return new Augmentation(List.of(erase)).apply(source, source.width());
    }
    int size = crop.path("size").asInt(config.path("random_crop").path("size").asInt(0));
    String filter = crop.path("interpolation").asText("bicubic").toUpperCase(Locale.ROOT);
    return Augmentation.parse(parameters).apply(source, size, Filter.valueOf(filter));
  }

  @TestFactory
  Stream<DynamicTest> givesTheReferenceTensors() {
    return StreamSupport.stream(GOLDENS.get("normalized").spliterator(), false)
        .map(
            golden ->
                DynamicTest.dynamicTest(
                    golden.get("input").asText() + golden.get("shape"),
                    () -> {
                      int size = golden.get("shape").get(1).asInt();
                      Preprocessing clip = Preprocessing.openAi(size);
                      float[] tensor = new float[3 * size * size];

                      clip.toTensor(replay(golden), tensor, 0);

                      ByteBuffer bytes =
                          ByteBuffer.allocate(4 * tensor.length).order(ByteOrder.LITTLE_ENDIAN);
                      bytes.asFloatBuffer().put(tensor);
                      assertThat(Goldens.sha256(bytes.array()))
                          .isEqualTo(golden.get("sha256_le_float32_chw").asText());
                      assertThat(clip.fit()).isEqualTo(Fit.CENTER_CROP);
                    }));
  }

  @Test
  void writesThePublishedFormBack() {
    for (JsonNode golden : GOLDENS.get("cases")) {
      String published = golden.get("params").toString().replace(",", ", ");

      assertThat(Augmentation.parse(published).toJson()).isEqualTo(published);
    }
  }

  @Test
  void inputsAreThoseOfTheReference() {
    GOLDENS
        .get("inputs")
        .properties()
        .forEach(
            entry ->
                assertThat(Goldens.sha256(input(entry.getKey()).pixels()))
                    .as(entry.getKey())
                    .isEqualTo(entry.getValue().get("sha256_rgb").asText()));
  }

  private static RgbImage input(String name) {
    JsonNode description = GOLDENS.get("inputs").get(name);
    if (description.has("png")) {
      byte[] png = Goldens.bytes("goldens/" + description.get("png").asText());
      return new ImageDecoder(ImageLimits.defaults()).decodeTrusted(png);
    }
    int w = description.get("width").asInt();
    int h = description.get("height").asInt();
    byte[] pixels = new byte[3 * w * h];
    String kind = name.substring(0, name.indexOf(':'));
    for (int y = 0, i = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        for (int value : pixel(kind, x, y, w, h)) {
          pixels[i++] = (byte) value;
        }
      }
    }
    return new RgbImage(w, h, pixels);
  }

  private static int[] pixel(String kind, int x, int y, int w, int h) {
    return switch (kind) {
      case "weave" -> new int[] {7 * x + 13 * y + 3 * x * y, x * x + 5 * y, 5 * (x ^ y) + 31};
      case "ramp" ->
          new int[] {
            255 * x / Math.max(w - 1, 1),
            255 * y / Math.max(h - 1, 1),
            64 + 127 * (x + y) / Math.max(w + h - 2, 1)
          };
      case "narrow" ->
          new int[] {60 + (3 * x + y) % 90, 100 + (x + 2 * y) % 37, 10 + (x * y) % 200};
      case "flat" -> new int[] {90, 200, 31};
      case "two" -> (x / 3 + y / 3) % 2 == 0 ? new int[] {20, 130, 255} : new int[] {220, 131, 0};
      default -> throw new IllegalArgumentException(kind);
    };
  }
}
