package org.everclip.clip.network;

import java.util.Objects;
import org.everclip.clip.network.Architecture.Activation;
import org.everclip.clip.network.Architecture.Decoder;
import org.everclip.clip.network.Architecture.Text;
import org.everclip.clip.network.Architecture.VisionTransformer;
import org.everclip.clip.network.Init.Normal;

/** CoCa (Yu et al. 2022), contrastive captioner, in the form and with the names of open_clip. */
final class CoCa {

  private final Architecture architecture;
  private final VisionTransformer vit;
  private final Text text;
  private final Decoder decoder;
  private final ModelSource source;

  CoCa(Architecture architecture, ModelSource source) {
    this.architecture = architecture;
    this.vit = Objects.requireNonNull(architecture.vit());
    this.text = architecture.text();
    this.decoder = Objects.requireNonNull(architecture.decoder());
    this.source = source;
    if (architecture.embedDim() != text.width() || vit.poolQueries() < 2) {
      throw new IllegalArgumentException(
          "Architecture '%s': CoCa needs embedDim = text width and at least 2 pool queries"
              .formatted(architecture.name()));
    }
  }

  void write() {
    writeImage();
    writeText();
    writeDecoder();
    source.method("image", "x: Tensor, training: bool", "Tensor");
    source.line("pooled = self.image_and_tokens(p, b, x, training)");
    source.line("return pooled[0]");
    source.method("text", "ids: Tensor, training: bool", "Tensor");
    source.line("pooled = self.text_and_tokens(p, b, ids, training)");
    source.line("return pooled[0]");
    source.method("caption_logits", "x: Tensor, ids: Tensor, training: bool", "Tensor");
    source.line("pictures = self.image_and_tokens(p, b, x, training)");
    source.line("words = self.text_and_tokens(p, b, ids, training)");
    source.line("return self.decode(p, b, pictures[1], words[1], training)");
  }

  /** The pool's first token becomes the embedding, the others are what the decoder looks at. */
  private void writeImage() {
    int width = architecture.embedDim();
    source.method("image_and_tokens", "x: Tensor, training: bool", "Tuple[Tensor, Tensor]");
    Clip.imageTokens(source, architecture, vit, vit.layers());
    var pool = "visual.attn_pool.";
    source.line("z = " + source.layerNorm("x", pool + "ln_k", vit.width()));
    var query = source.parameter(pool + "query", new Normal(1), vit.poolQueries(), width);
    source.line("q = " + source.layerNorm(query, pool + "ln_q", width));
    source.line("q = torch.expand(q, [x.size(0), -1, -1])");
    source.line("w = " + poolWeights(pool, width));
    var bias = source.operand(pool + "attn.in_proj_bias", Init.ZEROS, 3L * width);
    source.line("c = torch.chunk(" + bias + ", 3, 0)");
    source.line(
        "y = self.attend(self.linear(q, w[0], c[0]), self.linear(z, w[1], c[1]),"
            + " self.linear(z, w[2], c[2]), "
            + vit.poolHeads()
            + ", False, None)");
    double spread = 1 / Math.sqrt(width);
    source.line(
        "y = torch.to("
            + source.linear("y", pool + "attn.out_proj.", width, width, spread)
            + ", 6)");
    source.line("y = " + source.layerNorm("y", "visual.ln_post", width));
    var projection = source.parameter("visual.proj", new Normal(spread), width, width);
    source.line("features = torch.matmul(torch.select(y, 1, 0), " + projection + ")");
    source.line("return (features, torch.slice(y, 1, 1))");
  }

  private String poolWeights(String pool, int width) {
    var init = new Normal(1 / Math.sqrt(width));
    if (vit.width() == width) {
      var weight = source.operand(pool + "attn.in_proj_weight", init, 3L * width, width);
      return "torch.chunk(" + weight + ", 3, 0)";
    }
    return "["
        + source.operand(pool + "attn.q_proj_weight", init, width, width)
        + ", "
        + source.operand(pool + "attn.k_proj_weight", init, width, vit.width())
        + ", "
        + source.operand(pool + "attn.v_proj_weight", init, width, vit.width())
        + "]";
  }

  private void writeText() {
    int width = text.width();
    source.method("text_and_tokens", "ids: Tensor, training: bool", "Tuple[Tensor, Tensor]");
    var table = tokenTable(source, text);
    var token = source.parameter("text.cls_emb", new Normal(0.01), width);
    source.line("x = torch.embedding(" + table + ", ids, -1, False, False)");
    source.line("x = torch.cat([x, torch.expand(" + token + ", [x.size(0), 1, -1])], 1)");
    source.line("x = x + " + positions(source, text) + "[0:x.size(1)]");
    // The published weights expect the padding mask shifted by one: key j >= 1 is seen if id j-1 is
    // not padding, and key 0 always.
    source.line("seen = torch.ne(ids, 0)");
    source.line("seen = torch.cat([torch.ones_like(torch.slice(seen, 1, 0, 1)), seen], 1)");
    source.line("order = torch.arange(x.size(1))");
    source.line("mask = torch.le(torch.unsqueeze(order, 0), torch.unsqueeze(order, 1))");
    source.line("mask = torch.logical_and(mask, torch.unsqueeze(torch.unsqueeze(seen, 1), 1))");
    var layers = new TransformerLayers(source, TransformerLayers.OPEN_CLIP, Activation.GELU);
    for (int layer = 0; layer < text.layers(); layer++) {
      var name = "text.transformer.resblocks." + layer + ".";
      layers.write("x", name, width, text.heads(), text.layers(), "False, mask");
    }
    source.line("last = " + source.layerNorm("torch.select(x, 1, -1)", "text.ln_final", width));
    var projection =
        source.parameter("text.text_projection", new Normal(1 / Math.sqrt(width)), width, width);
    source.line("features = torch.matmul(last, " + projection + ")");
    source.line("return (features, torch.slice(x, 1, 0, -1))");
  }

  private void writeDecoder() {
    int width = text.width();
    source.method("decoder_tokens", "image_tokens: Tensor, x: Tensor, training: bool", "Tensor");
    var layers = new TransformerLayers(source, TransformerLayers.OPEN_CLIP, Activation.GELU);
    for (int layer = 0; layer < decoder.layers(); layer++) {
      var self = "text_decoder.resblocks." + layer + ".";
      layers.write("x", self, width, decoder.heads(), decoder.layers(), "True, None");
      var cross = "text_decoder.cross_attn." + layer + ".";
      layers.writeCross("x", "image_tokens", cross, width, decoder.heads(), decoder.layers());
    }
    source.line("return " + source.layerNorm("x", "text_decoder.ln_final", width));
    var words =
        source.operand(
            "text_decoder.text_projection",
            new Normal(1 / Math.sqrt(width)),
            width,
            text.vocabularySize());
    source.method("decode", "image_tokens: Tensor, text_tokens: Tensor, training: bool", "Tensor");
    source.line("x = self.decoder_tokens(p, b, image_tokens, text_tokens, training)");
    source.line("return self.product(x, " + words + ")");
    new CaptionSteps(source, layers, text, decoder).write();
  }

  static String tokenTable(ModelSource source, Text text) {
    return source.parameter(
        "text.token_embedding.weight", new Normal(0.02), text.vocabularySize(), text.width());
  }

  /** One position for each id and one for the class token. */
  static String positions(ModelSource source, Text text) {
    return source.parameter(
        "text.positional_embedding", new Normal(0.01), text.contextLength() + 1L, text.width());
  }
}
