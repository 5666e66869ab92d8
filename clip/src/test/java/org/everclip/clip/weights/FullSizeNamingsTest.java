package org.everclip.clip.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Embeddings;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Naming;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Published sizes in both namings, beside what the reference packages gave. */
@Tag("full-size")
class FullSizeNamingsTest {

  private static final double ROUNDING = 3e-7;

  @ParameterizedTest
  @CsvSource({"mobileclip_s1, MobileCLIP-S1", "mobileclip_s2, MobileCLIP-S2"})
  void convertedWeightsGiveTheSameEmbeddings(String original, String openClip) {
    var from = Architecture.named(original);
    var to = Architecture.named(openClip);
    try (var manager = NDManager.newBaseManager();
        var weights = fill(from, manager);
        var converted = Namings.convert(from, weights, to, manager)) {

      var difference =
          embeddings(original, to, converted).distance(embeddings(original, from, weights));

      assertThat(difference).isLessThan(ROUNDING);
    }
  }

  @Test
  void theTwoDialectsOfMobileClipBDifferAsMuchAsTheReferencePackages() {
    var name = "mobileclip_b";
    var from = Architecture.named(name);
    var renamed = from.withNaming(Naming.OPEN_CLIP);
    var padded =
        Architecture.parse(renamed.toJson().replace("1.0E-5", "1.0E-6")); // as timm but the padding
    var timm = Architecture.named("MobileCLIP-B");
    var measured = Golden.json("mapping_check").get("MobileCLIP-B");
    try (var manager = NDManager.newBaseManager();
        var weights = fill(from, manager);
        var converted = Namings.rename(from, weights, renamed, Form.TRAIN, manager)) {
      var original = embeddings(name, from, weights).image();

      assertThat(Embeddings.distance(embeddings(name, timm, converted).image(), original))
          .isCloseTo(measured.get("image_max_abs_diff").asDouble(), within(1e-5));
      assertThat(Embeddings.distance(embeddings(name, padded, converted).image(), original))
          .isCloseTo(
              measured.get("image_max_abs_diff_timm_with_padding_1").asDouble(), within(ROUNDING));
      assertThat(Embeddings.distance(embeddings(name, renamed, converted).image(), original))
          .isLessThan(ROUNDING);
    }
  }

  private static Weights fill(Architecture architecture, NDManager manager) {
    return Weights.of(
        Networks.create(architecture, Precision.FP32, Form.TRAIN), manager, Golden::fill);
  }

  private static Embeddings embeddings(String golden, Architecture architecture, Weights weights) {
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    return Embeddings.of(network, weights, Golden.json(golden));
  }
}
