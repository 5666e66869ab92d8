package org.everclip.clip.network;

/**
 * The parts of a MobileCLIP network and what each is called in the two namings. Names are whole, or
 * begin below the block that contains the part; numbers are {@code (stage, index, block)} where a
 * part has three and its index where it has one. Reference: architectures, sections 3 to 5.
 */
public enum Role {
  STEM("image_encoder.model.patch_embed.%d", "visual.trunk.stem.%d"),
  BLOCK("image_encoder.model.network.%2$d.%3$d", "visual.trunk.stages.%1$d.blocks.%3$d"),
  DOWNSAMPLE("image_encoder.model.network.%2$d", "visual.trunk.stages.%1$d.downsample"),
  STAGE_POSITIONS("image_encoder.model.network.%2$d", "visual.trunk.stages.%1$d.pos_emb"),
  EXPANSION("image_encoder.model.conv_exp", "visual.trunk.final_conv"),
  HEAD("image_encoder.model.head.proj", "visual.trunk.head.fc"),

  CONV_BRANCH("rbr_conv.0", "conv_kxk.0"),
  SCALE_BRANCH("rbr_scale", "conv_scale"),
  SKIP_BRANCH("rbr_skip", "identity"),
  LARGE_CONV("lkb_origin", "large_conv"),
  FOLDED_LARGE_CONV("lkb_reparam", "reparam_conv"),
  POSITION_CONV("pe", "pos_enc"),
  FEED_FORWARD("convffn", "mlp"),
  REDUCE("se.reduce", "se.fc1"),
  EXPAND("se.expand", "se.fc2"),
  LAYER_SCALE("layer_scale", "layer_scale.gamma"),
  LAYER_SCALE_1("layer_scale_1", "layer_scale_1.gamma"),
  LAYER_SCALE_2("layer_scale_2", "layer_scale_2.gamma"),

  PATCH_CONV(
      "image_encoder.model.patch_emb.%d.block.conv", "visual.trunk.patch_embed.backbone.%d.conv"),
  PATCH_NORM(
      "image_encoder.model.patch_emb.%d.block.norm", "visual.trunk.patch_embed.backbone.%d.bn"),
  IMAGE_POSITIONS("image_encoder.model.pos_embed.pos_embed.pos_embed", "visual.trunk.pos_embed"),
  CLASS_TOKEN("image_encoder.model.cls_token", "visual.trunk.cls_token"),
  IMAGE_LAYER("image_encoder.model.transformer.%d.", "visual.trunk.blocks.%d."),
  IMAGE_NORM("image_encoder.model.post_transformer_norm", "visual.trunk.norm"),
  CLASSIFIER("image_encoder.model.classifier.proj", "visual.trunk.head"),

  TOKEN_TABLE("text_encoder.embedding_layer.weight", "text.token_embedding.weight"),
  TEXT_POSITIONS(
      "text_encoder.positional_embedding.pos_embed.pos_embed", "text.positional_embedding"),
  TEXT_LAYER("text_encoder.transformer.%d.", "text.transformer.resblocks.%d."),
  TEXT_NORM("text_encoder.final_layer_norm", "text.ln_final"),
  TEXT_PROJECTION("text_encoder.projection_layer", "text.text_projection");

  private final String original;
  private final String openClip;

  Role(String original, String openClip) {
    this.original = original;
    this.openClip = openClip;
  }

  /** The name in that naming. */
  public String in(Naming naming, Object... numbers) {
    return (naming == Naming.ORIGINAL ? original : openClip).formatted(numbers);
  }
}
