package org.everclip.system;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Architecture.Activation;
import org.everclip.clip.network.Architecture.Decoder;
import org.everclip.clip.network.Architecture.Family;
import org.everclip.clip.network.Architecture.Text;
import org.everclip.clip.network.Architecture.VisionTransformer;
import org.everclip.clip.network.Naming;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;

/** What {@link OpenClipProof} exchanges: a model of ours, and open_clip's own of the same kind. */
enum OpenClipCase {
  /** A trained model of the demo, with a vocabulary of its own. */
  demo_teacher,
  /** CLIP with QuickGELU, as a state dict of torch on the way back. */
  vit_tiny,
  /** From the first publication's names to open_clip's, which has it built in. */
  MobileCLIP_S1,
  MobileCLIP2_S0,
  coca_small;

  private static final int SIDE = 64;
  private static final int VOCABULARY = 49408;

  boolean ownVocabulary() {
    return this == demo_teacher;
  }

  Path directory(Path program) {
    return program.resolve("demo/models/teacher-vit");
  }

  Architecture architecture(Path program) throws IOException {
    return switch (this) {
      case demo_teacher -> ModelDirectory.read(directory(program)).architecture();
      case MobileCLIP_S1 -> Architecture.named("mobileclip_s1");
      case MobileCLIP2_S0 -> Architecture.named("MobileCLIP2-S0");
      case vit_tiny ->
          clip(
              Family.CLIP,
              77,
              true,
              Activation.QUICK_GELU,
              new VisionTransformer(16, 96, 3, 3, 0, 0),
              null);
      case coca_small ->
          clip(
              Family.COCA,
              76,
              true,
              Activation.GELU,
              new VisionTransformer(16, 96, 2, 3, 9, 4),
              new Decoder(2, 2));
    };
  }

  private static Architecture clip(
      Family family,
      int context,
      boolean causal,
      Activation activation,
      VisionTransformer tower,
      @org.jspecify.annotations.Nullable Decoder decoder) {
    var text = new Text(context, VOCABULARY, 64, 2, 2, causal, false, activation);
    return new Architecture(
        "small", family, Naming.OPEN_CLIP, 64, SIDE, null, null, tower, text, decoder);
  }

  Preprocessing preprocessing(Path program) throws IOException {
    return switch (this) {
      case demo_teacher -> ModelDirectory.read(directory(program)).preprocessing();
      case vit_tiny, coca_small -> Preprocessing.openAi(SIDE);
      case MobileCLIP_S1, MobileCLIP2_S0 -> Preprocessing.plain(architecture(program).imageSize());
    };
  }

  Weights weights(Path program, Architecture architecture, NDManager scope) throws IOException {
    return this == demo_teacher
        ? ModelDirectory.read(directory(program)).trainWeights(scope)
        : RandomWeights.of(architecture, scope, ordinal());
  }

  /** What open_clip shall make by itself: a name that it knows, or sizes. */
  Optional<Object> created() {
    return switch (this) {
      case demo_teacher -> Optional.empty();
      case MobileCLIP_S1 -> Optional.of("MobileCLIP-S1");
      case MobileCLIP2_S0 -> Optional.of("MobileCLIP2-S0");
      case vit_tiny ->
          Optional.of(
              Map.of(
                  "embed_dim",
                  48,
                  "quick_gelu",
                  true,
                  "vision_cfg",
                  vision(Map.of()),
                  "text_cfg",
                  Map.of("width", 64, "heads", 2, "layers", 2),
                  "custom_text",
                  true));
      case coca_small ->
          Optional.of(
              Map.of(
                  "embed_dim", 64,
                  "vision_cfg",
                      vision(
                          Map.of(
                              "attentional_pool",
                              true,
                              "attn_pooler_heads",
                              4,
                              "output_tokens",
                              true)),
                  "text_cfg",
                      Map.of(
                          "context_length",
                          76,
                          "width",
                          64,
                          "heads",
                          2,
                          "layers",
                          2,
                          "embed_cls",
                          true,
                          "output_tokens",
                          true),
                  "multimodal_cfg",
                      Map.of("context_length", 76, "width", 64, "heads", 2, "layers", 2),
                  "custom_text", true));
    };
  }

  private static Map<String, Object> vision(Map<String, Object> more) {
    var config = new java.util.TreeMap<String, Object>(more);
    config.putAll(
        Map.of("image_size", SIDE, "patch_size", 8, "width", 96, "head_width", 32, "layers", 3));
    return config;
  }

  Map<String, Object> preprocessConfig() {
    return this == MobileCLIP_S1 || this == MobileCLIP2_S0
        ? OpenClipProof.plainPreprocessing()
        : Map.of();
  }

  /** The file that open_clip's own weights are in. */
  String weightsFile() {
    return this == vit_tiny || this == MobileCLIP2_S0
        ? "open_clip_pytorch_model.bin"
        : "open_clip_model.safetensors";
  }
}
