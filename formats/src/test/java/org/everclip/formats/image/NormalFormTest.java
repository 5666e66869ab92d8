package org.everclip.formats.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.everclip.formats.Goldens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormalFormTest {
  private static final int MAX_SIDE = 2048;

  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  private NormalForm.Result normal(byte[] bytes, int maxSide) {
    return NormalForm.of(bytes, (Decoded) decoder.decode(bytes), maxSide);
  }

  private static byte[] hostile(String name) {
    return Goldens.bytes("hostile/images/" + name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ok_baseline.jpg", "ok_progressive.jpg", "ok_rgb.png", "gray.jpg"})
  void plainPicturesStayByteForByte(String name) {
    byte[] original = hostile(name);

    NormalForm.Result result = normal(original, MAX_SIDE);

    assertThat(result.bytes()).isSameAs(original);
    assertThat(result.reencoded()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "exif_orientation_6.jpg",
        "rgba.png",
        "gray_alpha.png",
        "cmyk.jpg",
        "rgb16.png",
        "interlaced_like.gif",
        "animated.gif",
        "still.webp",
        "palette_transparent.png"
      })
  void othersAreEncodedAgainAndThenAreNormal(String name) {
    NormalForm.Result result = normal(hostile(name), MAX_SIDE);

    assertThat(result.reencoded()).isTrue();
    Decoded again = (Decoded) decoder.decode(result.bytes());
    assertThat(again.normalized()).isTrue();
    assertThat(again.image()).isEqualTo(result.image());
  }

  @ParameterizedTest
  @ValueSource(strings = {"huge_metadata.jpg", "bomb_text_chunk.png"})
  void bulkyMetadataIsCutOffWithoutTouchingPixels(String name) {
    byte[] original = hostile(name);

    NormalForm.Result result = normal(original, MAX_SIDE);

    assertThat(result.reencoded()).isFalse();
    assertThat(result.bytes().length).isLessThan(original.length / 5);
    assertThat(decoder.decodeTrusted(result.bytes())).isEqualTo(decoder.decodeTrusted(original));
  }

  @Test
  void anythingBehindThePictureIsCutOff() {
    byte[] original = hostile("polyglot.jpg");

    byte[] stored = normal(original, MAX_SIDE).bytes();

    assertThat(new String(original, StandardCharsets.ISO_8859_1)).contains("PK");
    assertThat(new String(stored, StandardCharsets.ISO_8859_1)).doesNotContain("PK\3\4");
    assertThat(decoder.decodeTrusted(stored)).isEqualTo(decoder.decodeTrusted(original));
  }

  @Test
  void oversizedPicturesAreScaled() {
    NormalForm.Result result = normal(hostile("large_legal.jpg"), 600);

    assertThat(result.reencoded()).isTrue();
    assertThat(result.image().width()).isEqualTo(600);
    assertThat(result.image().height()).isEqualTo(400);
  }
}
