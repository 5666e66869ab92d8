package org.everclip.clip.network;

import org.everclip.clip.network.Architecture.FastVit;
import org.everclip.clip.network.Architecture.Mixer;

/**
 * MobileCLIP's convolutional image tower (MCi), after FastViT (Vasu et al. 2023); reference:
 * architectures, sections 1.2 and 2.
 */
final class FastVitTower {

  private final Architecture architecture;
  private final FastVit image;
  private final Naming naming;
  private final ModelSource source;
  private final MobileBlocks blocks;

  FastVitTower(Architecture architecture, FastVit image, ModelSource source) {
    this.architecture = architecture;
    this.image = image;
    this.naming = architecture.naming();
    this.source = source;
    this.blocks = new MobileBlocks(source, naming, image.layerScale());
  }

  void write() {
    source.method("image", "x: Tensor, training: bool", "Tensor");
    source.line("x = self.image_input(x)");
    writeStem(image.widths().get(0));
    int index = 0;
    for (int stage = 0; stage < image.depths().size(); stage++) {
      int width = image.widths().get(stage);
      if (stage > 0) {
        var name = Role.DOWNSAMPLE.in(naming, stage, index++);
        int from = image.widths().get(stage - 1);
        blocks.downsample(name, from, width, image.squeezeExcite().get(stage));
      }
      boolean attends = image.mixers().get(stage) == Mixer.ATTENTION;
      if (attends) {
        blocks.positions(Role.STAGE_POSITIONS.in(naming, stage, index++), width);
      }
      for (int block = 0; block < image.depths().get(stage); block++) {
        var name = Role.BLOCK.in(naming, stage, index, block);
        if (attends) {
          blocks.attentionBlock(name, width, image.ratio(), image.attentionNorm());
        } else {
          blocks.mixerBlock(name, width, image.ratio(), new long[] {3, 3}, new long[] {7, 7});
        }
      }
      index++;
    }
    int last = image.widths().get(image.widths().size() - 1);
    blocks.expansion(Role.EXPANSION.in(naming), last);
    source.line("x = torch.mean(torch.to(x, 6), [2, 3])");
    var head = Role.HEAD.in(naming);
    source.line("return " + source.head("x", head, naming, 2 * last, architecture.embedDim()));
  }

  private void writeStem(int width) {
    boolean scale = image.stemScaleBranch();
    blocks.mobileOne(Role.STEM.in(naming, 0), new long[] {width, 3, 3, 3}, 2, 1, scale);
    blocks.mobileOne(Role.STEM.in(naming, 1), new long[] {width, 1, 3, 3}, 2, width, scale);
    blocks.mobileOne(Role.STEM.in(naming, 2), new long[] {width, width, 1, 1}, 1, 1, false);
  }
}
