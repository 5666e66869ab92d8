package org.everclip.clip.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Architecture.Activation;
import org.everclip.clip.network.Architecture.Decoder;
import org.everclip.clip.network.Architecture.Family;
import org.everclip.clip.network.Architecture.Text;
import org.everclip.clip.network.Architecture.VisionTransformer;
import org.everclip.clip.network.Naming;
import org.everclip.clip.network.Networks;

/**
 * Reads open_clip's {@code model_cfg}: CLIP and CoCa with its own vision transformer of any size,
 * and the timm towers of {@link TimmTower}. Whatever would make open_clip compute something else
 * than our networks is refused by name; switches of training alone are passed over.
 */
final class ModelConfig {

  private final Members model;
  private final Members vision;
  private final Members text;
  private final boolean captioner;
  private final Activation activation;

  private ModelConfig(JsonNode config) {
    this.model = new Members("model_cfg", config);
    this.vision = model.object("vision_cfg");
    this.text = model.object("text_cfg");
    this.captioner = model.has("multimodal_cfg");
    this.activation = model.flag("quick_gelu") ? Activation.QUICK_GELU : Activation.GELU;
  }

  /** Reads the architecture; it has the name of a known model if it is one, else {@code name}. */
  static Architecture read(JsonNode config, String name) {
    return known(new ModelConfig(config).architecture(name));
  }

  private Architecture architecture(String name) {
    model.ignore("custom_text", "init_logit_scale", "output_dict");
    model.only("init_logit_bias");
    model.only("nonscalar_logit_scale", false, true);
    int embedDim = model.positive("embed_dim");
    var timm = vision.text("timm_model_name");
    if (captioner && (timm.isPresent() || activation == Activation.QUICK_GELU)) {
      throw new IllegalArgumentException(
          "model_cfg.multimodal_cfg: CoCa is supported with open_clip's own vision transformer and"
              + " GELU");
    }
    var textTower = text();
    var architecture =
        timm.isPresent()
            ? withTimmTower(name, embedDim, TimmTower.named(timm.get()), textTower)
            : withOwnTower(name, embedDim, textTower);
    vision.finish();
    text.finish();
    model.finish();
    return architecture;
  }

  private Text text() {
    text.ignore("hf_tokenizer_name", "tokenizer_kwargs", "tokenizer_mode", "output_tokens");
    text.ignore("eos_id", "final_ln_after_pool", "hf_model_pretrained", "hf_proj_type");
    text.ignore("hf_pooler_type");
    text.only("hf_model_name");
    text.must("embed_cls", captioner);
    text.only("pad_id", 0);
    text.only("pool_type", "argmax");
    text.only("proj_type", "linear");
    text.only("proj_bias", false);
    blocks(text);
    if (captioner) {
      text.only("no_causal_mask", false);
    }
    return new Text(
        text.positive("context_length", 77),
        text.positive("vocab_size", 49408),
        text.positive("width", 512),
        text.positive("heads", 8),
        text.positive("layers", 12),
        !text.flag("no_causal_mask"),
        false,
        activation);
  }

  private Architecture withTimmTower(String name, int embedDim, TimmTower tower, Text textTower) {
    if (activation == Activation.QUICK_GELU) {
      throw new IllegalArgumentException(
          "model_cfg.quick_gelu is true: with a timm tower only GELU is supported");
    }
    vision.ignore("timm_model_pretrained", "timm_drop", "timm_drop_path", "timm_proj_bias");
    vision.ignore("patch_dropout", "output_tokens");
    vision.only("timm_pool", tower.pool());
    if (!vision.has("timm_pool") && !tower.pool().equals("avg")) {
      throw new IllegalArgumentException(
          "vision_cfg.timm_pool is missing, so 'avg': supported is " + tower.pool());
    }
    var projection = vision.take("timm_proj");
    if (!projection.isNull() && !projection.asText("linear").isEmpty()) {
      throw vision.refused("timm_proj", projection, "supported is null, the tower's own head");
    }
    int imageSize = vision.square("image_size", 224);
    tower
        .fixedImageSize()
        .filter(size -> size != imageSize)
        .ifPresent(
            size -> {
              throw new IllegalArgumentException(
                  "vision_cfg.image_size is %d: supported with %s is %d"
                      .formatted(imageSize, tower.timmName(), size));
            });
    Architecture known = tower.model();
    return new Architecture(
        name,
        Family.MOBILECLIP,
        Naming.OPEN_CLIP,
        embedDim,
        imageSize,
        known.fastVit(),
        known.hybridVit(),
        known.vit(),
        textTower,
        null);
  }

  private Architecture withOwnTower(String name, int embedDim, Text textTower) {
    if (vision.take("layers").isArray()) {
      throw vision.refused("layers", vision.take("layers"), "a ResNet tower is not supported");
    }
    vision.ignore("timm_model_pretrained", "timm_pool", "timm_proj", "timm_proj_bias");
    vision.ignore("timm_drop", "timm_drop_path", "patch_dropout", "output_tokens");
    // The class token is normalized alone or among all: the same.
    vision.ignore("final_ln_after_pool");
    vision.must("attentional_pool", captioner);
    vision.only("no_ln_pre", false);
    vision.only("pos_embed_type", "learnable");
    vision.only("pool_type", "tok");
    blocks(vision);
    int queries = vision.positive("attn_pooler_queries", 256);
    int poolHeads = vision.positive("attn_pooler_heads", 8);
    int width = vision.positive("width", 768);
    int headWidth = vision.positive("head_width", 64);
    if (width % headWidth != 0) {
      throw new IllegalArgumentException(
          "vision_cfg.width is %d, no multiple of head_width, %d".formatted(width, headWidth));
    }
    var tower =
        new VisionTransformer(
            vision.square("patch_size", 16),
            width,
            vision.positive("layers", 12),
            width / headWidth,
            captioner ? queries : 0,
            captioner ? poolHeads : 0);
    return new Architecture(
        name,
        captioner ? Family.COCA : Family.CLIP,
        Naming.OPEN_CLIP,
        embedDim,
        vision.square("image_size", 224),
        null,
        null,
        tower,
        textTower,
        captioner ? decoder(textTower) : null);
  }

  private Decoder decoder(Text textTower) {
    Members decoder = model.object("multimodal_cfg");
    decoder.ignore("context_length", "vocab_size", "attn_pooler_heads", "n_queries", "dim_head");
    decoder.ignore("output_tokens", "embed_cls", "pad_id", "eos_id");
    decoder.only("mlp_ratio", 4);
    decoder.only("ls_init_value");
    int width = decoder.positive("width", 512);
    if (width != textTower.width()) {
      throw new IllegalArgumentException(
          "multimodal_cfg.width is %d: supported is the width of the text tower, %d"
              .formatted(width, textTower.width()));
    }
    var read = new Decoder(decoder.positive("layers", 12), decoder.positive("heads", 8));
    decoder.finish();
    return read;
  }

  /** What a transformer's blocks may have in open_clip and ours have not. */
  private static void blocks(Members tower) {
    tower.only("mlp_ratio", 4);
    tower.only("ls_init_value");
    tower.only("act_kwargs");
    tower.only("norm_kwargs");
    tower.only("block_type", "default");
    for (String name :
        new String[] {
          "qk_norm",
          "scaled_cosine_attn",
          "scale_heads",
          "scale_attn_inner",
          "scale_attn",
          "scale_fc"
        }) {
      tower.only(name, false);
    }
  }

  private static Architecture known(Architecture read) {
    for (String name : Networks.names()) {
      if (Architecture.named(name).equals(read.withName(name))) {
        return read.withName(name);
      }
    }
    return read;
  }
}
