package org.everclip.formats.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import org.everclip.formats.Goldens;
import org.junit.jupiter.api.Test;

class Bfloat16Test {
  @Test
  void roundsAsTheReferenceDoes() {
    for (JsonNode pair : Goldens.json("goldens/bfloat16.json").get("pairs")) {
      float value = Float.intBitsToFloat(Integer.parseUnsignedInt(pair.get("f32").asText(), 16));

      short rounded = Bfloat16.fromFloat(value);

      if (Float.isNaN(value)) {
        assertThat(Bfloat16.toFloat(rounded)).isNaN();
      } else {
        short golden = (short) Integer.parseInt(pair.get("bf16").asText(), 16);
        assertThat(rounded).as(pair.toString()).isEqualTo(golden);
        assertThat(Float.floatToRawIntBits(Bfloat16.toFloat(rounded)))
            .isEqualTo(Integer.parseUnsignedInt(pair.get("back_f32").asText(), 16));
      }
    }
  }

  @Test
  void decodesWhatItEncoded() {
    float[] values = {0f, -1f, 0.15625f, 3.4e38f, Float.NEGATIVE_INFINITY};

    byte[] bytes = Bfloat16.encode(values);

    assertThat(bytes).hasSize(10);
    assertThat(Bfloat16.encode(Bfloat16.decode(bytes))).isEqualTo(bytes);
    assertThat(Bfloat16.decode(new byte[] {(byte) 0x80, 0x3f})).containsExactly(1f);
  }

  @Test
  void saysThatAByteIsMissing() {
    assertThatThrownBy(() -> Bfloat16.decode(new byte[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3");
  }
}
