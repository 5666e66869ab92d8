package org.everclip.clip.network;

import org.everclip.clip.network.Architecture.Activation;
import org.everclip.clip.network.Architecture.HybridVit;
import org.everclip.clip.network.Architecture.VisionTransformer;
import org.everclip.clip.network.Init.Normal;
import org.everclip.clip.network.Init.TruncatedNormal;

/**
 * The image towers of MobileCLIP that are vision transformers: with a convolutional stem
 * (MobileCLIP-B) and plain (MobileCLIP2-L-14); reference: architectures, sections 1.3 and 4.
 */
final class MobileVitTower {

  private static final Init TOKEN = new Normal(1e-6);
  private static final Init POSITIONS = new TruncatedNormal(0.02);

  private final Architecture architecture;
  private final Naming naming;
  private final ModelSource source;

  MobileVitTower(Architecture architecture, ModelSource source) {
    this.architecture = architecture;
    this.naming = architecture.naming();
    this.source = source;
  }

  /** Patches get positions, then the class token comes in front of them without one. */
  void writeHybrid(HybridVit vit) {
    source.method("image", "x: Tensor, training: bool", "Tensor");
    source.line("x = self.image_input(x)");
    int width = vit.width();
    var name = Role.CLASS_TOKEN.in(naming);
    var token = source.parameter(name, TOKEN, 1, 1, width);
    var first = new long[] {width / 4, 3, 4, 4};
    patchLayer(0, first, vit.stemPadding());
    patchLayer(1, new long[] {width / 4, width / 4, 2, 2}, 0);
    var last = new long[] {width, width / 4, 2, 2};
    source.line("x = " + source.biasedPatches("x", Role.PATCH_CONV.in(naming, 2), last));
    source.line("x = torch.to(self.image_sequence(x), 6)");
    source.line("x = x + " + patchPositions(vit));
    source.line("x = torch.cat([torch.expand(" + token + ", [x.size(0), -1, -1]), x], 1)");
    writeLayers(width, vit.layers(), vit.heads(), vit.normEpsilon());
  }

  /** Class token and patches get positions, as in CLIP, but the names are timm's. */
  void writePlain(VisionTransformer vit) {
    source.method("image", "x: Tensor, training: bool", "Tensor");
    source.line("x = self.image_input(x)");
    int width = vit.width();
    int patch = vit.patchSize();
    long side = architecture.imageSize() / patch;
    var root = "visual.trunk.";
    var token = source.parameter(root + "cls_token", TOKEN, 1, 1, width);
    var positions =
        source.parameter(Role.IMAGE_POSITIONS.in(naming), POSITIONS, 1, side * side + 1, width);
    var kernel = new long[] {width, 3, patch, patch};
    source.line("x = " + source.patches("x", root + "patch_embed.proj", kernel, 0));
    source.line("x = torch.to(self.image_sequence(x), 6)");
    source.line("x = torch.cat([torch.expand(" + token + ", [x.size(0), -1, -1]), x], 1)");
    source.line("x = x + " + positions);
    source.line("x = " + source.layerNorm("x", root + "norm_pre", width));
    writeLayers(width, vit.layers(), vit.heads(), ModelSource.NORM_EPSILON);
  }

  private void patchLayer(int index, long[] kernel, int padding) {
    var conv = source.patches("x", Role.PATCH_CONV.in(naming, index), kernel, padding);
    var norm = Role.PATCH_NORM.in(naming, index);
    source.line("x = " + source.gelu(source.batchNorm(conv, norm, (int) kernel[0])));
  }

  private String patchPositions(HybridVit vit) {
    long side = ((architecture.imageSize() + 2L * vit.stemPadding() - 4) / 4 + 1) / 4;
    var name = Role.IMAGE_POSITIONS.in(naming);
    return naming == Naming.ORIGINAL
        ? source.parameter(name, POSITIONS, 1, 1, side * side, vit.width()) + "[0]"
        : source.parameter(name, POSITIONS, 1, side * side, vit.width());
  }

  private void writeLayers(int width, int depth, int heads, double epsilon) {
    var names = naming == Naming.ORIGINAL ? TransformerLayers.MOBILE : TransformerLayers.TIMM;
    var layers = new TransformerLayers(source, names, Activation.GELU, epsilon);
    for (int layer = 0; layer < depth; layer++) {
      layers.write("x", Role.IMAGE_LAYER.in(naming, layer), width, heads, depth, "False, None");
    }
    source.line("x = " + source.layerNorm("x", Role.IMAGE_NORM.in(naming), width, epsilon));
    var head = Role.CLASSIFIER.in(naming);
    source.line(
        "return "
            + source.head("torch.select(x, 1, 0)", head, naming, width, architecture.embedDim()));
  }
}
