package org.everclip.clip.network;

/**
 * What the tensors of a MobileCLIP network are called: the same numbers in the same order travel
 * under two sets of names. CLIP and CoCa have the second only.
 */
public enum Naming {
  /** As in the first publication's weights: {@code image_encoder.model.*, text_encoder.*}. */
  ORIGINAL,
  /** As open_clip with timm stores them: {@code visual.trunk.*, text.*}. */
  OPEN_CLIP
}
