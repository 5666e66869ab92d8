package org.everclip.clip.network;

import java.util.Objects;
import org.everclip.clip.network.Architecture.Activation;
import org.everclip.clip.network.Architecture.FastVit;
import org.everclip.clip.network.Architecture.Mixer;
import org.everclip.clip.network.Architecture.Text;
import org.everclip.clip.network.Init.Normal;

/**
 * MobileCLIP (Vasu et al. 2024): a FastViT image tower and a transformer text tower, optionally
 * between convolutional blocks (MCt). Names are those of the published weights.
 */
final class MobileClip {

  private static final long[] TEXT_KERNEL = {1, 11};

  private final Architecture architecture;
  private final FastVit image;
  private final ModelSource source;
  private final MobileBlocks blocks;

  MobileClip(Architecture architecture, ModelSource source) {
    this.architecture = architecture;
    this.image = Objects.requireNonNull(architecture.fastVit());
    this.source = source;
    this.blocks = new MobileBlocks(source, image.layerScale());
  }

  void write() {
    writeImage();
    writeText();
  }

  private void writeImage() {
    source.method("image", "x: Tensor, training: bool", "Tensor");
    source.line("x = self.image_input(x)");
    var root = "image_encoder.model.";
    int first = image.widths().get(0);
    source.line("x = " + blocks.mobileOne(root + "patch_embed.0", kernel(first, 3, 3), 2, 1));
    source.line("x = " + blocks.mobileOne(root + "patch_embed.1", kernel(first, 1, 3), 2, first));
    source.line("x = " + blocks.mobileOne(root + "patch_embed.2", kernel(first, first, 1), 1, 1));
    int index = 0;
    for (int stage = 0; stage < image.depths().size(); stage++) {
      int width = image.widths().get(stage);
      if (stage > 0) {
        var name = root + "network." + index++;
        int from = image.widths().get(stage - 1);
        blocks.downsample(name, from, width, image.squeezeExcite().get(stage));
      }
      boolean attends = image.mixers().get(stage) == Mixer.ATTENTION;
      if (attends) {
        blocks.positions(root + "network." + index++, width);
      }
      for (int block = 0; block < image.depths().get(stage); block++) {
        var name = root + "network." + index + "." + block;
        if (attends) {
          blocks.attentionBlock(name, width, image.ratio());
        } else {
          blocks.mixerBlock(name, width, image.ratio(), new long[] {3, 3}, new long[] {7, 7});
        }
      }
      index++;
    }
    int last = image.widths().get(image.widths().size() - 1);
    blocks.expansion(root + "conv_exp", last);
    var projection =
        source.parameter(
            root + "head.proj",
            new Normal(1 / Math.sqrt(2.0 * last)),
            2L * last,
            architecture.embedDim());
    source.line("x = torch.mean(torch.to(x, 6), [2, 3])");
    source.line("return torch.matmul(x, " + projection + ")");
  }

  private void writeText() {
    Text text = architecture.text();
    int width = text.width();
    source.method("text", "ids: Tensor, training: bool", "Tensor");
    var root = "text_encoder.";
    var table =
        source.parameter(
            root + "embedding_layer.weight", new Normal(0.02), text.vocabularySize(), width);
    var positions =
        source.parameter(
            root + "positional_embedding.pos_embed.pos_embed",
            new Normal(0.01),
            1,
            1,
            text.contextLength(),
            width);
    source.line("x = torch.embedding(" + table + ", ids, -1, False, False)");
    source.line("x = x + " + positions + "[0][0][0:ids.size(1)]");
    var layers = new TransformerLayers(source, TransformerLayers.MOBILE, Activation.GELU);
    int index = 0;
    if (text.mixerBlocks()) {
      textMixer(root + "transformer." + index++, width);
    }
    for (int layer = 0; layer < text.layers(); layer++) {
      layers.write(
          "x",
          root + "transformer." + index++ + ".",
          width,
          text.heads(),
          text.layers(),
          text.causal() ? "True, None" : "False, None");
    }
    if (text.mixerBlocks()) {
      textMixer(root + "transformer." + index, width);
    }
    source.line("x = " + source.layerNorm("x", root + "final_layer_norm", width));
    var projection =
        source.parameter(
            root + "projection_layer",
            new Normal(1 / Math.sqrt(width)),
            width,
            architecture.embedDim());
    source.line("return torch.matmul(self.end_position(x, ids), " + projection + ")");
  }

  /** A convolutional block over the sequence, seen as an image of height 1. */
  private void textMixer(String name, int width) {
    source.line("x = torch.unsqueeze(torch.transpose(x, 1, 2), 2)");
    blocks.mixerBlock(name, width, 4, TEXT_KERNEL, TEXT_KERNEL);
    source.line("x = torch.to(torch.transpose(torch.squeeze(x, 2), 1, 2), 6)");
  }

  private static long[] kernel(long out, long in, long size) {
    return new long[] {out, in, size, size};
  }
}
