package org.everclip.clip.network;

import org.everclip.clip.network.Architecture.Text;
import org.everclip.clip.network.Init.Normal;

/**
 * The text tower of CLIP and MobileCLIP: a transformer whose output at the end token is projected,
 * optionally between two convolutional blocks (MCt); reference: architectures, section 1.4.
 */
final class TextTower {

  private static final long[] MIXER_KERNEL = {1, 11};

  /** MCt exists with image towers that begin their factors with this. */
  private static final double LAYER_SCALE = 1e-5;

  private final Architecture architecture;
  private final Text text;
  private final Naming naming;
  private final ModelSource source;

  TextTower(Architecture architecture, ModelSource source) {
    this.architecture = architecture;
    this.text = architecture.text();
    this.naming = architecture.naming();
    this.source = source;
  }

  void write() {
    int width = text.width();
    source.method("text", "ids: Tensor, training: bool", "Tensor");
    var table =
        source.parameter(name(Role.TOKEN_TABLE), new Normal(0.02), text.vocabularySize(), width);
    source.line("x = torch.embedding(" + table + ", ids, -1, False, False)");
    source.line("x = x + " + positions() + "[0:ids.size(1)]");
    int index = 0;
    if (text.mixerBlocks()) {
      mixer(index++);
    }
    var names = naming == Naming.ORIGINAL ? TransformerLayers.MOBILE : TransformerLayers.OPEN_CLIP;
    var layers = new TransformerLayers(source, names, text.activation());
    for (int layer = 0; layer < text.layers(); layer++) {
      var masking = text.causal() ? "True, None" : "False, None";
      layers.write(
          "x", name(Role.TEXT_LAYER, index++), width, text.heads(), text.layers(), masking);
    }
    if (text.mixerBlocks()) {
      mixer(index);
    }
    source.line("x = " + source.layerNorm("x", name(Role.TEXT_NORM), width));
    var projection =
        source.parameter(
            name(Role.TEXT_PROJECTION),
            new Normal(1 / Math.sqrt(width)),
            width,
            architecture.embedDim());
    source.line("return torch.matmul(self.end_position(x, ids), " + projection + ")");
  }

  private String positions() {
    var init = new Normal(0.01);
    var name = name(Role.TEXT_POSITIONS);
    return naming == Naming.ORIGINAL
        ? source.parameter(name, init, 1, 1, text.contextLength(), text.width()) + "[0][0]"
        : source.parameter(name, init, text.contextLength(), text.width());
  }

  /** A convolutional block over the sequence, seen as an image of height 1. */
  private void mixer(int index) {
    var fastVit = architecture.fastVit();
    double layerScale = fastVit == null ? LAYER_SCALE : fastVit.layerScale();
    var name = Role.TEXT_LAYER.in(naming, index).replaceFirst("\\.$", "");
    source.line("x = torch.unsqueeze(torch.transpose(x, 1, 2), 2)");
    new MobileBlocks(source, naming, layerScale)
        .mixerBlock(name, text.width(), 4, MIXER_KERNEL, MIXER_KERNEL);
    source.line("x = torch.to(torch.transpose(torch.squeeze(x, 2), 1, 2), 6)");
  }

  /** CLIP's text tower is not below {@code text.} but at the root. */
  private String name(Role role, Object... numbers) {
    var name = role.in(naming, numbers);
    return architecture.family() == Architecture.Family.CLIP
        ? name.substring("text.".length())
        : name;
  }
}
