package org.everclip.clip.cost;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCostTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mobileclip_s0",
        "mobileclip_s1",
        "mobileclip_s2",
        "mobileclip_b",
        "MobileCLIP2-S0",
        "MobileCLIP2-S2",
        "MobileCLIP2-B",
        "MobileCLIP2-S3",
        "MobileCLIP2-S4",
        "ViT-L-14",
        "coca_ViT-L-14"
      })
  void countsAsTheReference(String name) throws IOException {
    JsonNode golden = golden(name);
    var architecture = Architecture.named(name);

    var train = ModelCost.of(architecture, Form.TRAIN);

    assertThat(train.imageMacs()).isEqualTo(golden.path("train_form").path("image_macs").asLong());
    assertThat(train.textMacs()).isEqualTo(golden.path("train_form").path("text_macs").asLong());
    assertThat(train.parameters()).isEqualTo(golden.path("parameters").asLong());
    if (Networks.canBeReparameterized(architecture)) {
      JsonNode fused = golden.path("fused_form");
      var folded = ModelCost.of(architecture, Form.REPARAMETERIZED);
      assertThat(folded.imageMacs()).isEqualTo(fused.path("image_macs").asLong());
      assertThat(folded.textMacs()).isEqualTo(fused.path("text_macs").asLong());
      assertThat(folded.parameters()).isEqualTo(fused.path("parameters").asLong());
    }
  }

  @Test
  void divideAmongTheTowers() {
    var cost = ModelCost.of(Architecture.named("coca_ViT-L-14"), Form.TRAIN);

    assertThat(cost.imageParameters()).isEqualTo(306_724_864);
    assertThat(cost.textParameters()).isEqualTo(123_651_072);
    assertThat(cost.decoderParameters()).isEqualTo(208_074_240);
  }

  private static JsonNode golden(String name) throws IOException {
    try (var in = ModelCostTest.class.getResourceAsStream("/golden/macs.json")) {
      return new ObjectMapper().readTree(in).path(name);
    }
  }
}
