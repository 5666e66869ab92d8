package org.everclip.clip.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Architecture.Activation;
import org.everclip.clip.network.Naming;
import org.everclip.clip.network.Networks;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.Preprocessing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelConfigTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String CLIP =
      """
      {"embed_dim": 32,
       "vision_cfg": {"image_size": 64, "width": 64, "head_width": 32, "layers": 2, "patch_size": 16},
       "text_cfg": {"context_length": 16, "vocab_size": 512, "width": 64, "heads": 2, "layers": 2}}
      """;
  private static final String TIMM =
      """
      {"embed_dim": 512, "custom_text": true,
       "vision_cfg": {"timm_model_name": "fastvit_mci1", "timm_pool": "avg", "timm_proj": null,
        "image_size": 256},
       "text_cfg": {"no_causal_mask": true}}
      """;

  static List<String> names() {
    return Networks.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void whatIsWrittenIsReadAgain(String name) {
    var architecture = sized(Architecture.named(name));
    var refusal = ModelConfigWriter.refusal(architecture);

    if (refusal.isEmpty()) {
      var read = ModelConfig.read(ModelConfigWriter.write(architecture), "other");
      assertThat(read.withName(name)).isEqualTo(architecture.withNaming(Naming.OPEN_CLIP));
    } else {
      assertThat(refusal.get()).contains("'" + name + "'");
    }
  }

  @Test
  void aPublishedModelHasItsName() {
    assertThat(read(TIMM).name()).isEqualTo("MobileCLIP-S1");
    assertThat(read(CLIP).name()).isEqualTo("mine");
    var large = ModelConfigWriter.write(Architecture.named("ViT-L-14-quickgelu"));
    assertThat(ModelConfig.read(large, "mine").name()).isEqualTo("ViT-L-14-quickgelu");
  }

  @Test
  void whatOpenClipCannotExpressIsSaid() {
    assertThat(ModelConfigWriter.refusal(Architecture.named("mobileclip_s0")).orElseThrow())
        .contains("MCt");
    assertThat(ModelConfigWriter.refusal(Architecture.named("mobileclip_b")).orElseThrow())
        .contains("stemPadding 1");
    assertThat(ModelConfigWriter.refusal(Architecture.named("mobileclip_s1"))).isEmpty();
  }

  @Test
  void sizesNeedNotBeGiven() {
    var architecture =
        read("{\"embed_dim\": 512, \"quick_gelu\": true, \"vision_cfg\": {}, \"text_cfg\": {}}");

    assertThat(architecture.withName("ViT-B-16"))
        .isEqualTo(withActivation(Architecture.named("ViT-B-16"), Activation.QUICK_GELU));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "embed_dim": 32, "layers_of_tea": 1  | model_cfg.layers_of_tea: not known
          "embed_dim": 32, "init_logit_bias": 1 | model_cfg.init_logit_bias is 1
          "embed_dim": 0 | model_cfg.embed_dim is 0: expected a positive whole number
          """)
  void membersThatAreNotSupportedAreNamed(String member, String message) {
    assertThatThrownBy(() -> read(CLIP.replace("\"embed_dim\": 32", member)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "layers": [3,4,6,3]        | a ResNet tower
          "layers": 2, "qk_norm": true | vision_cfg.qk_norm is true
          "layers": 2, "ls_init_value": 0.1 | vision_cfg.ls_init_value
          "layers": 2, "mlp_ratio": 3.5 | vision_cfg.mlp_ratio is 3.5: supported is 4
          "layers": 2, "pool_type": "avg" | vision_cfg.pool_type
          "layers": 2, "attentional_pool": true | vision_cfg.attentional_pool
          "layers": 2, "image_size": [64, 32] | models see squares
          "layers": 2, "head_width": 48 | no multiple of head_width
          """)
  void imageTowersThatAreNotSupportedAreNamed(String member, String message) {
    assertThatThrownBy(() -> read(CLIP.replaceFirst("\"layers\": 2", quoted(member))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "fastvit_mci9"                | supported are fastvit_mci0
          "fastvit_mci1", "timm_proj": "linear" | vision_cfg.timm_proj
          "vit_base_mci_224", "timm_pool": "token" | vision_cfg.image_size is 256
          """)
  void timmTowersThatAreNotSupportedAreNamed(String member, String message) {
    String config = TIMM.replaceFirst("\"fastvit_mci1\"", quoted(member));

    assertThatThrownBy(() -> read(member.contains("timm_p") ? once(config, member) : config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void preprocessingIsReadWithOpenClipsDefaults() throws Exception {
    assertThat(PreprocessConfig.read(JSON.readTree("{}"), 96)).isEqualTo(Preprocessing.openAi(96));
    var read =
        PreprocessConfig.read(
            JSON.readTree(
                """
                {"size": 1, "mean": 0.5, "std": [0.1, 0.2, 0.3], "interpolation": "bilinear",
                 "resize_mode": "longest", "fill_color": 255}
                """),
            96);
    assertThat(read)
        .isEqualTo(
            new Preprocessing(
                96,
                new float[] {0.5f, 0.5f, 0.5f},
                new float[] {0.1f, 0.2f, 0.3f},
                Filter.BILINEAR,
                Fit.PAD_WHITE));
    assertThat(PreprocessConfig.read(PreprocessConfig.write(read), 96)).isEqualTo(read);
    assertThatThrownBy(
            () -> PreprocessConfig.read(JSON.readTree("{\"resize_mode\": \"squash\"}"), 96))
        .hasMessageContaining("preprocess_cfg.resize_mode is \"squash\"");
    assertThatThrownBy(
            () -> PreprocessConfig.read(JSON.readTree("{\"resize_mode\": \"longest\"}"), 96))
        .hasMessageContaining("fill_color");
  }

  private static Architecture read(String json) {
    try {
      JsonNode config = JSON.readTree(json);
      return ModelConfig.read(config, "mine");
    } catch (java.io.IOException e) {
      throw new AssertionError(json, e);
    }
  }

  private static String quoted(String replacement) {
    return java.util.regex.Matcher.quoteReplacement(replacement);
  }

  /** Without the member's first, older value. */
  private static String once(String config, String member) {
    return member.contains("timm_pool")
        ? config.replaceFirst("\"timm_pool\": \"avg\", ", "")
        : config.replaceFirst(", \"timm_proj\": null", "");
  }

  private static Architecture sized(Architecture architecture) {
    return architecture.text().vocabularySize() > 0
        ? architecture
        : architecture.withVocabularySize(600);
  }

  private static Architecture withActivation(Architecture a, Activation activation) {
    var text = a.text();
    var other =
        new Architecture.Text(
            text.contextLength(),
            text.vocabularySize(),
            text.width(),
            text.heads(),
            text.layers(),
            text.causal(),
            text.mixerBlocks(),
            activation);
    return new Architecture(
        a.name(),
        a.family(),
        a.naming(),
        a.embedDim(),
        a.imageSize(),
        a.fastVit(),
        a.hybridVit(),
        a.vit(),
        other,
        a.decoder());
  }
}
