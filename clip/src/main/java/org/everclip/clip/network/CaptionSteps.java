package org.everclip.clip.network;

import org.everclip.clip.network.Architecture.Decoder;
import org.everclip.clip.network.Architecture.Text;
import org.everclip.clip.network.Init.Normal;

/**
 * The methods of CoCa that write captions one id at a time. What does not change is computed once:
 * the keys and values of a picture for the decoder, and those of the ids so far. Both towers are
 * causal, so this is exact as long as no id is padding.
 *
 * <p>Rows are ordered by picture, equally many for each.
 */
final class CaptionSteps {

  private final ModelSource source;
  private final TransformerLayers layers;
  private final Text text;
  private final Decoder decoder;

  CaptionSteps(ModelSource source, TransformerLayers layers, Text text, Decoder decoder) {
    this.source = source;
    this.layers = layers;
    this.text = text;
    this.decoder = decoder;
  }

  void write() {
    writeMemory();
    writeCache();
    writeAttention();
    writeNext();
  }

  /** Keys and values of each decoder layer for image tokens [P,Q,W]. */
  private void writeMemory() {
    source.method("caption_memory", "image_tokens: Tensor", "List[Tensor]");
    source.line("memory = annotate(List[Tensor], [])");
    for (int layer = 0; layer < decoder.layers(); layer++) {
      layers.writeMemory("image_tokens", "memory", cross(layer), text.width(), decoder.heads());
    }
    source.line("return memory");
  }

  /** Room for the keys and values of so many ids (elements of the second argument) per row. */
  private void writeCache() {
    source.method("caption_cache", "rows: Tensor, places: Tensor", "List[Tensor]");
    source.line("cache = annotate(List[Tensor], [])");
    for (int layer = 0; layer < 2 * (text.layers() + decoder.layers()); layer++) {
      int heads = layer < 2 * text.layers() ? text.heads() : decoder.heads();
      source.line(
          "cache.append(torch.zeros([rows.size(0), %d, places.size(0), %d]))"
              .formatted(heads, text.width() / heads));
    }
    source.line("return cache");
  }

  private void writeAttention() {
    source.method(
        "attend_step", "qkv: Tensor, k: Tensor, v: Tensor, at: int, heads: int", "Tensor");
    source.line("parts = torch.chunk(qkv, 3, -1)");
    source.line("torch.copy_(torch.slice(k, 2, at, at + 1), self.heads(parts[1], heads))");
    source.line("torch.copy_(torch.slice(v, 2, at, at + 1), self.heads(parts[2], heads))");
    source.line(
        "return self.attend_heads(p, b, parts[0],"
            + " torch.slice(k, 2, 0, at + 1), torch.slice(v, 2, 0, at + 1), heads)");
    source.method("attend_heads", "q: Tensor, k: Tensor, v: Tensor, heads: int", "Tensor");
    source.line(
        "y = torch.scaled_dot_product_attention(self.heads(q, heads), k, v, None, 0., False)");
    source.line("return torch.reshape(torch.transpose(y, 1, 2), [q.size(0), q.size(1), -1])");
  }

  /** Takes the last id of each row and its place, and returns the logits of what follows it. */
  private void writeNext() {
    int width = text.width();
    var spread = new Normal(1 / Math.sqrt(width));
    source.method(
        "caption_next",
        "cache: List[Tensor], memory: List[Tensor], ids: Tensor, place: Tensor",
        "Tensor");
    source.line("at = int(place)");
    var table = CoCa.tokenTable(source, text);
    source.line("x = torch.embedding(" + table + ", torch.unsqueeze(ids, 1), -1, False, False)");
    source.line("x = x + " + CoCa.positions(source, text) + "[at:at + 1]");
    int cached = 0;
    for (int layer = 0; layer < text.layers(); layer++) {
      var name = "text.transformer.resblocks." + layer + ".";
      layers.writeStep("x", cached++, name, width, text.heads(), text.layers());
    }
    for (int layer = 0; layer < decoder.layers(); layer++) {
      var self = "text_decoder.resblocks." + layer + ".";
      layers.writeStep("x", cached++, self, width, decoder.heads(), decoder.layers());
      layers.writeCrossStep("x", layer, cross(layer), width, decoder.heads(), decoder.layers());
    }
    source.line("x = " + source.layerNorm("torch.select(x, 1, 0)", "text_decoder.ln_final", width));
    var words =
        source.operand("text_decoder.text_projection", spread, width, text.vocabularySize());
    source.line("return self.product(x, " + words + ")");
  }

  private static String cross(int layer) {
    return "text_decoder.cross_attn." + layer + ".";
  }
}
