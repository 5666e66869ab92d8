package org.everclip.clip.exchange;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Objects;
import java.util.Optional;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Architecture.Activation;
import org.everclip.clip.network.Architecture.Decoder;
import org.everclip.clip.network.Architecture.Family;
import org.everclip.clip.network.Architecture.Text;
import org.everclip.clip.network.Architecture.VisionTransformer;
import org.everclip.clip.weights.Namings;

/** Writes open_clip's {@code model_cfg} for an architecture that it can express. */
final class ModelConfigWriter {

  private ModelConfigWriter() {}

  /** Why open_clip has no such network, if so. */
  static Optional<String> refusal(Architecture architecture) {
    String name = "'" + architecture.name() + "'";
    Text text = architecture.text();
    if (architecture.family() == Family.CLIP) {
      return Optional.empty();
    }
    if (text.activation() == Activation.QUICK_GELU) {
      return Optional.of(name + " has QuickGELU, which open_clip has for plain CLIP only");
    }
    if (architecture.family() == Family.COCA) {
      return Optional.empty();
    }
    Optional<String> networks = Namings.openClipRefusal(architecture);
    if (networks.isPresent()) {
      return networks;
    }
    if (TimmTower.of(architecture).isEmpty()) {
      return Optional.of(
          "%s has an image tower of its own sizes, but open_clip takes such towers from timm by name: %s"
              .formatted(name, TimmTower.names()));
    }
    return Optional.empty();
  }

  /** The object for an architecture without {@link #refusal}. */
  static ObjectNode write(Architecture architecture) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    boolean captioner = architecture.family() == Family.COCA;
    config.put("embed_dim", architecture.embedDim());
    if (architecture.text().activation() == Activation.QUICK_GELU) {
      config.put("quick_gelu", true);
    }
    if (architecture.family() == Family.MOBILECLIP) {
      timmTower(config.putObject("vision_cfg"), architecture);
    } else {
      ownTower(config.putObject("vision_cfg"), architecture, captioner);
    }
    ObjectNode text = config.putObject("text_cfg");
    sizes(text, architecture.text());
    if (captioner) {
      text.put("embed_cls", true).put("output_tokens", true);
      decoder(config.putObject("multimodal_cfg"), architecture);
    } else {
      text.put("no_causal_mask", !architecture.text().causal());
    }
    if (architecture.family() != Family.CLIP) {
      config.put("custom_text", true);
    }
    return config;
  }

  private static void timmTower(ObjectNode vision, Architecture architecture) {
    TimmTower tower = TimmTower.of(architecture).orElseThrow();
    vision.put("timm_model_name", tower.timmName()).put("timm_model_pretrained", false);
    vision.put("timm_pool", tower.pool()).putNull("timm_proj");
    vision.put("timm_drop", 0.0).put("timm_drop_path", 0.0);
    vision.put("image_size", architecture.imageSize());
  }

  private static void ownTower(ObjectNode vision, Architecture architecture, boolean captioner) {
    VisionTransformer tower = Objects.requireNonNull(architecture.vit());
    vision.put("image_size", architecture.imageSize());
    vision.put("layers", tower.layers()).put("width", tower.width());
    vision.put("head_width", tower.width() / tower.heads());
    vision.put("patch_size", tower.patchSize());
    if (captioner) {
      vision.put("attentional_pool", true).put("output_tokens", true);
      vision.put("attn_pooler_queries", tower.poolQueries());
      vision.put("attn_pooler_heads", tower.poolHeads());
    }
  }

  private static void decoder(ObjectNode config, Architecture architecture) {
    Decoder decoder = Objects.requireNonNull(architecture.decoder());
    Text text = architecture.text();
    config.put("context_length", text.contextLength()).put("vocab_size", text.vocabularySize());
    config.put("width", text.width()).put("heads", decoder.heads());
    config.put("layers", decoder.layers()).put("attn_pooler_heads", decoder.heads());
  }

  private static void sizes(ObjectNode config, Text text) {
    config.put("context_length", text.contextLength()).put("vocab_size", text.vocabularySize());
    config.put("width", text.width()).put("heads", text.heads()).put("layers", text.layers());
  }
}
