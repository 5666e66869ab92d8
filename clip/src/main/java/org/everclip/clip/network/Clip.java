package org.everclip.clip.network;

import java.util.Objects;
import org.everclip.clip.network.Architecture.Activation;
import org.everclip.clip.network.Architecture.VisionTransformer;
import org.everclip.clip.network.Init.Normal;

/** CLIP (Radford et al. 2021) with a vision transformer; names as in open_clip. */
final class Clip {

  private final Architecture architecture;
  private final ModelSource source;

  Clip(Architecture architecture, ModelSource source) {
    this.architecture = architecture;
    this.source = source;
  }

  void write() {
    source.method("image", "x: Tensor, training: bool", "Tensor");
    var vit = Objects.requireNonNull(architecture.vit());
    var layers = imageTokens(source, architecture, vit, vit.layers() - 1);
    layers.writeForFirst("x", layer(vit.layers() - 1), vit.width(), vit.heads(), vit.layers());
    source.line(
        "x = torch.select(" + source.layerNorm("x", "visual.ln_post", vit.width()) + ", 1, 0)");
    var spread = new Normal(1 / Math.sqrt(vit.width()));
    var projection = source.parameter("visual.proj", spread, vit.width(), architecture.embedDim());
    source.line("return torch.matmul(x, " + projection + ")");

    new TextTower(architecture, source).write();
  }

  /**
   * Assigns to {@code x} the tokens after so many blocks, class token first.
   *
   * @return what writes the blocks that are left
   */
  static TransformerLayers imageTokens(
      ModelSource source, Architecture architecture, VisionTransformer vit, int blocks) {
    int width = vit.width();
    double spread = 1 / Math.sqrt(width);
    long side = architecture.imageSize() / vit.patchSize();
    long[] kernel = {width, 3, vit.patchSize(), vit.patchSize()};
    source.line("x = " + source.patches("self.image_input(x)", "visual.conv1", kernel, 0));
    source.line("x = torch.to(self.image_sequence(x), 6)");
    var token = source.parameter("visual.class_embedding", new Normal(spread), width);
    source.line("x = torch.cat([torch.expand(" + token + ", [x.size(0), 1, -1]), x], 1)");
    var positions =
        source.parameter("visual.positional_embedding", new Normal(spread), side * side + 1, width);
    source.line("x = x + " + positions);
    source.line("x = " + source.layerNorm("x", "visual.ln_pre", width));
    // Both towers of a CLIP model have the same activation.
    Activation activation = architecture.text().activation();
    var layers = new TransformerLayers(source, TransformerLayers.OPEN_CLIP, activation);
    for (int layer = 0; layer < blocks; layer++) {
      layers.write("x", layer(layer), width, vit.heads(), vit.layers(), "False, None");
    }
    return layers;
  }

  private static String layer(int number) {
    return "visual.transformer.resblocks." + number + ".";
  }
}
