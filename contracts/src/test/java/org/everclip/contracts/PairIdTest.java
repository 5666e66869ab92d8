package org.everclip.contracts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.everclip.contracts.avro.ImageTextPair;
import org.junit.jupiter.api.Test;

class PairIdTest {

  @Test
  void isThirtyTwoHexDigits() {
    assertThat(PairId.of("shop", "1")).matches("[0-9a-f]{32}");
  }

  @Test
  void dependsOnSourceAndExternalIdOnly() {
    var first = pair("shop", "1", "a cat", "x");
    var second = pair("shop", "1", "another caption", "y");

    assertThat(PairId.of(first)).isEqualTo(PairId.of(second)).isEqualTo(PairId.of("shop", "1"));
    assertThat(PairId.of(pair("other", "1", "a cat", "x"))).isNotEqualTo(PairId.of(first));
  }

  @Test
  void isTheContentWhereThereIsNoExternalId() {
    var first = pair("shop", null, "a cat", "x");

    assertThat(PairId.of(pair("shop", null, "a cat", "x"))).isEqualTo(PairId.of(first));
    assertThat(PairId.of(pair("shop", null, "a cat", "y"))).isNotEqualTo(PairId.of(first));
    assertThat(PairId.of(pair("shop", null, "a dog", "x"))).isNotEqualTo(PairId.of(first));
  }

  @Test
  void neverMixesNeighbouringFields() {
    assertThat(PairId.of("ab", "c")).isNotEqualTo(PairId.of("a", "bc"));
  }

  private static ImageTextPair pair(
      String source, String externalId, String caption, String image) {
    return ImageTextPair.newBuilder()
        .setSource(source)
        .setExternalId(externalId)
        .setCaption(caption)
        .setImage(ByteBuffer.wrap(image.getBytes(UTF_8)))
        .build();
  }
}
