package org.everclip.formats.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.assertj.core.api.Assertions;
import org.everclip.formats.Goldens;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  @TestFactory
  Stream<DynamicTest> decodesLikePillow() {
    return StreamSupport.stream(
            Goldens.json("goldens/decode.json").get("files").spliterator(), false)
        .map(
            golden ->
                DynamicTest.dynamicTest(
                    golden.get("file").asText(),
                    () -> {
                      byte[] bytes = Goldens.bytes("goldens/" + golden.get("file").asText());

                      RgbImage image = decoder.decodeAsReference(bytes);

                      if (!golden.get("mode").asText().contains("A")) {
                        assertThat(decoder.decodeTrusted(bytes)).isEqualTo(image);
                      }
                      assertThat(image.width()).isEqualTo(golden.get("width").asInt());
                      assertThat(Goldens.sha256(image.pixels()))
                          .isEqualTo(golden.get("sha256_rgb").asText());
                    }));
  }

  @TestFactory
  Stream<DynamicTest> treatsHostilePicturesAsTheirManifestSays() {
    return StreamSupport.stream(
            Goldens.json("hostile/manifest.json").get("images").spliterator(), false)
        .map(row -> DynamicTest.dynamicTest(row.get("file").asText(), () -> asExpected(row)));
  }

  private void asExpected(JsonNode row) {
    byte[] bytes = Goldens.bytes("hostile/" + row.get("file").asText());

    DecodeResult result =
        Assertions.assertThat(
                java.util.concurrent.CompletableFuture.supplyAsync(() -> decoder.decode(bytes)))
            .succeedsWithin(Duration.ofSeconds(5))
            .actual();

    String expect = row.get("expect").asText();
    boolean flatImageRule = row.path("reason").asText().equals("flat_image");
    if (expect.equals("accept") || flatImageRule) {
      assertThat(result).isInstanceOf(Decoded.class);
    } else if (expect.equals("reject")) {
      assertThat(result).isInstanceOf(Refused.class);
    }
    if (result instanceof Refused refused) {
      assertThat(refused.detail()).isNotBlank();
      checkReason(row.get("reason").asText(), refused);
    } else if (result instanceof Decoded decoded) {
      checkPixels(row.path("checks"), decoded.image());
    }
  }

  private static void checkReason(String suggested, Refused refused) {
    Reason[] fitting =
        switch (suggested) {
          case "truncated" -> new Reason[] {Reason.TRUNCATED};
          case "too_many_pixels" -> new Reason[] {Reason.TOO_LARGE};
          case "too_small" -> new Reason[] {Reason.TOO_SMALL};
          case "aspect_ratio" -> new Reason[] {Reason.ASPECT};
          case "unsupported_format", "animated" -> new Reason[] {Reason.FORMAT_UNSUPPORTED};
          case "not_an_image", "empty" -> new Reason[] {Reason.NO_IMAGE};
          case "undecodable" -> new Reason[] {Reason.UNREADABLE, Reason.NO_IMAGE};
          default -> new Reason[] {};
        };
    assertThat(refused.reason()).isIn((Object[]) fitting);
  }

  private static void checkPixels(JsonNode checks, RgbImage image) {
    String suffix = checks.has("width_upright") ? "_upright" : "";
    if (checks.has("width" + suffix)) {
      assertThat(image.width()).isEqualTo(checks.get("width" + suffix).asInt());
      assertThat(image.height()).isEqualTo(checks.get("height" + suffix).asInt());
    }
    for (int channel = 0; checks.has("mean_rgb") && channel < 3; channel++) {
      assertThat(mean(image, channel))
          .isCloseTo(
              checks.get("mean_rgb").get(channel).asDouble(),
              within(checks.get("tolerance").asDouble()));
    }
  }

  private static double mean(RgbImage image, int channel) {
    long sum = 0;
    for (int i = channel; i < image.pixels().length; i += 3) {
      sum += image.pixels()[i] & 0xff;
    }
    return (double) sum / (image.pixels().length / 3);
  }

  /** Orientation o shows the stored corner colours A B / C D in this order. */
  @ParameterizedTest
  @CsvSource({"1,ABCD", "2,BADC", "3,DCBA", "4,CDAB", "5,ACBD", "6,CADB", "7,DBCA", "8,BDAC"})
  void turnsPicturesUpright(int orientation, String corners) {
    RgbImage stored = RgbImage.filled(40, 24, 0x000000);
    int[] colours = {0xff0000, 0x00ff00, 0x0000ff, 0xffffff};
    for (int corner = 0; corner < 4; corner++) {
      RgbImage.filled(20, 12, colours[corner]).copyInto(stored, corner % 2 * 20, corner / 2 * 12);
    }
    byte[] jpeg = withOrientation(ImageEncoder.jpeg(stored, 1f), orientation);

    Decoded decoded = (Decoded) decoder.decode(jpeg);

    RgbImage image = decoded.image();
    assertThat(image.width()).isEqualTo(orientation < 5 ? 40 : 24);
    assertThat(decoded.normalized()).isEqualTo(orientation == 1);
    for (int corner = 0; corner < 4; corner++) {
      int x = corner % 2 == 0 ? 3 : image.width() - 4;
      int y = corner / 2 == 0 ? 3 : image.height() - 4;
      int expected = colours[corners.charAt(corner) - 'A'];
      byte[] pixel = image.crop(x, y, 1, 1).pixels();
      for (int channel = 0; channel < 3; channel++) {
        assertThat((double) (pixel[channel] & 0xff))
            .isCloseTo(expected >> 16 - 8 * channel & 0xff, within(6.0));
      }
    }
  }

  @Test
  void theReferenceTurnsNoPictureAndIgnoresTransparency() {
    byte[] jpeg = ImageEncoder.jpeg(RgbImage.filled(40, 24, 0x4080c0), 1f);

    RgbImage stored = decoder.decodeAsReference(withOrientation(jpeg, 6));

    assertThat(stored).isEqualTo(decoder.decodeTrusted(jpeg));
    byte[] clear = Goldens.bytes("hostile/images/all_transparent.png");
    RgbImage white = decoder.decodeTrusted(clear);
    assertThat(white).isEqualTo(RgbImage.filled(white.width(), white.height(), 0xffffff));
    assertThat(decoder.decodeAsReference(clear)).isNotEqualTo(white);
  }

  /** The formats that the page promises, each with a picture that holds to its manifest. */
  @ParameterizedTest
  @CsvSource({
    "ok_baseline.jpg, jpeg, true",
    "ok_progressive.jpg, jpeg, true",
    "cmyk.jpg, jpeg, false",
    "ok_rgb.png, png, true",
    "rgb16.png, png, false",
    "palette_transparent.png, png, false",
    "animated.gif, gif, false",
    "still.webp, webp, false"
  })
  void everyPromisedFormatIsReadAndSaysWhetherItIsNormal(
      String name, String format, boolean normal) {
    Decoded decoded = (Decoded) decoder.decode(Goldens.bytes("hostile/images/" + name));

    assertThat(decoded.format()).isEqualTo(format);
    assertThat(decoded.normalized()).isEqualTo(normal);
    byte[] pixels = decoded.image().pixels();
    assertThat(pixels).hasSize(3 * decoded.image().width() * decoded.image().height());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ok_rgb.png", "interlaced_like.gif", "still.webp", "rgb16.png"})
  void cutsOfOtherFormatsAreRefused(String name) {
    byte[] whole = Goldens.bytes("hostile/images/" + name);
    for (int percent = 5; percent < 95; percent += 5) {
      byte[] cut = java.util.Arrays.copyOf(whole, whole.length * percent / 100);

      assertThat(decoder.decode(cut)).as("%d %%", percent).isInstanceOf(Refused.class);
    }
  }

  private static byte[] withOrientation(byte[] jpeg, int orientation) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    out.writeBytes(new byte[] {(byte) 0xff, (byte) 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0});
    out.writeBytes(new byte[] {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1});
    out.writeBytes(new byte[] {0, (byte) orientation, 0, 0, 0, 0, 0, 0});
    out.write(jpeg, 2, jpeg.length - 2);
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ok_baseline.jpg",
        "ok_progressive.jpg",
        "cmyk.jpg",
        "ok_rgb.png",
        "rgb16.png",
        "palette_transparent.png",
        "animated.gif",
        "still.webp",
        "exif_orientation_6.jpg"
      })
  void neverThrowsForDamagedBytes(String name) {
    byte[] whole = Goldens.bytes("hostile/images/" + name);
    Random random = new Random(name.hashCode());
    for (int i = 0; i < 150; i++) {
      byte[] damaged = java.util.Arrays.copyOf(whole, 1 + random.nextInt(whole.length));
      if (i % 2 == 0) {
        damaged = whole.clone();
      }
      int region = i % 3 == 0 ? Math.min(64, damaged.length) : damaged.length;
      for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
        damaged[random.nextInt(region)] = (byte) random.nextInt();
      }

      assertThat(decoder.decode(damaged)).isNotNull();
    }
  }

  @Test
  void everyCutOfAJpegIsSeenAsTruncated() {
    byte[] whole = Goldens.bytes("hostile/images/ok_baseline.jpg");
    for (int length = 700; length < whole.length - 1; length += 97) {
      DecodeResult result = decoder.decode(java.util.Arrays.copyOf(whole, length));

      assertThat(result).isInstanceOf(Refused.class);
      assertThat(((Refused) result).reason()).isEqualTo(Reason.TRUNCATED);
    }
  }

  @Test
  void cutScansWithAnEndMarkerAreSeenAsTruncated() {
    byte[] whole = Goldens.bytes("hostile/images/ok_baseline.jpg");
    byte[] cut = java.util.Arrays.copyOf(whole, whole.length / 2);
    cut[cut.length - 2] = (byte) 0xff;
    cut[cut.length - 1] = (byte) 0xd9;

    assertThat(((Refused) decoder.decode(cut)).reason()).isEqualTo(Reason.TRUNCATED);
  }

  @Test
  void veryLargePicturesAreReadAtLowerResolution() {
    byte[] png = ImageEncoder.png(RgbImage.filled(5000, 4000, 0x336699));

    Decoded decoded = (Decoded) decoder.decode(png);

    assertThat(decoded.image()).isEqualTo(RgbImage.filled(2500, 2000, 0x336699));
    assertThat(decoded.normalized()).isFalse();
  }

  @Test
  void limitsAreThoseGiven() {
    ImageDecoder strict = new ImageDecoder(new ImageLimits(1000, 100, 5000, 20, 2));
    byte[] noise = new byte[3 * 60 * 60];
    new Random(1).nextBytes(noise);

    assertThat(reason(strict, RgbImage.filled(101, 60, 0))).isEqualTo(Reason.TOO_LARGE);
    assertThat(reason(strict, RgbImage.filled(80, 70, 0))).isEqualTo(Reason.TOO_LARGE);
    assertThat(reason(strict, RgbImage.filled(19, 19, 0))).isEqualTo(Reason.TOO_SMALL);
    assertThat(reason(strict, RgbImage.filled(61, 30, 0))).isEqualTo(Reason.ASPECT);
    assertThat(reason(strict, new RgbImage(60, 60, noise))).isEqualTo(Reason.TOO_LARGE);
    assertThat(strict.decode(ImageEncoder.png(RgbImage.filled(60, 60, 0))))
        .isInstanceOf(Decoded.class);
  }

  private static Reason reason(ImageDecoder decoder, RgbImage image) {
    return ((Refused) decoder.decode(ImageEncoder.png(image))).reason();
  }

  @Test
  void aTrustedPictureThatIsNoneIsAnArgumentError() {
    assertThatThrownBy(() -> decoder.decodeTrusted(new byte[] {1, 2, 3}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 bytes");
  }
}
