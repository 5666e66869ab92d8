package org.everclip.clip.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.everclip.clip.network.Architecture.AttentionNorm;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Preprocessing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArchitectureTest {

  /** As versions were published before there were namings. */
  private static final String EARLIER =
      """
      {"name": "student", "family": "MOBILECLIP", "embedDim": 128, "imageSize": 64,
       "fastVit": {"depths": [1, 1], "widths": [32, 64], "ratio": 3, "layerScale": 0.5,
         "squeezeExcite": [false, true], "mixers": ["REPMIXER", "ATTENTION"]},
       "text": {"contextLength": 32, "vocabularySize": 4096, "width": 128, "heads": 4, "layers": 1,
         "causal": false, "mixerBlocks": true, "activation": "GELU"}}
      """;

  @Test
  void descriptionsOfEarlierVersionsMeanWhatTheyMeant() {
    var architecture = Architecture.parse(EARLIER);

    assertThat(architecture.naming()).isEqualTo(Naming.ORIGINAL);
    assertThat(architecture.fastVit().attentionNorm()).isEqualTo(AttentionNorm.BATCH);
    assertThat(architecture.fastVit().stemScaleBranch()).isTrue();
    assertThat(Architecture.parse(architecture.toJson())).isEqualTo(architecture);
  }

  @Test
  void saysWhatDoesNotGoTogether() {
    assertThatThrownBy(() -> Architecture.parse(EARLIER.replace("fastVit", "fastViT")))
        .hasMessageContaining("expected one of fastVit, hybridVit and vit but got 0");
    assertThatThrownBy(() -> Architecture.parse(EARLIER.replace("MOBILECLIP", "CLIP")))
        .hasMessageContaining("go with MOBILECLIP");
    assertThatThrownBy(
            () ->
                Architecture.parse(
                    EARLIER.replace("\"embedDim\"", "\"naming\": \"OPEN_CLIP\", \"embedDim\"")))
        .hasMessageContaining("open_clip has no such tower");
    assertThatThrownBy(
            () ->
                Architecture.parse(
                    EARLIER.replace(
                        "\"layerScale\"", "\"attentionNorm\": \"LAYER\", \"layerScale\"")))
        .hasMessageContaining("OPEN_CLIP only");
    assertThatThrownBy(() -> Architecture.parse("[]")).hasMessageContaining("JSON object");
  }

  @ParameterizedTest
  @CsvSource({
    "mobileclip_s0, 256, BILINEAR, 0",
    "mobileclip_b, 224, BILINEAR, 0",
    "MobileCLIP-S1, 256, BILINEAR, 0",
    "MobileCLIP2-B, 224, BILINEAR, 0",
    "MobileCLIP2-S3, 256, BILINEAR, 0.48145466",
    "MobileCLIP2-S4, 256, BILINEAR, 0.48145466",
    "MobileCLIP2-L-14, 224, BICUBIC, 0.48145466",
    "ViT-L-14-quickgelu, 224, BICUBIC, 0.48145466",
    "coca_ViT-L-14, 224, BICUBIC, 0.48145466"
  })
  void publishedModelsSayHowPicturesArePrepared(String name, int size, Filter filter, float red) {
    var known = KnownModel.named(name);

    var preprocessing = known.preprocessing().orElseThrow();

    assertThat(preprocessing.size()).isEqualTo(size).isEqualTo(known.architecture().imageSize());
    assertThat(preprocessing.filter()).isEqualTo(filter);
    assertThat(preprocessing.mean()[0]).isEqualTo(red);
    var same = red == 0 ? Preprocessing.plain(size) : Preprocessing.openAi(size);
    assertThat(preprocessing.std()).isEqualTo(same.std());
    assertThat(preprocessing.fit()).isEqualTo(same.fit());
  }
}
