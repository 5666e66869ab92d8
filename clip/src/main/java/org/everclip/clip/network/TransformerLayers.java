package org.everclip.clip.network;

import org.everclip.clip.network.Architecture.Activation;
import org.everclip.clip.network.Init.Normal;

/** Pre-norm transformer layers, for self-attention and for attention to other tokens. */
final class TransformerLayers {

  /** What the tensors of a layer are called. */
  record Names(
      String firstNorm,
      String projectionWeight,
      String projectionBias,
      String output,
      String secondNorm,
      String widen,
      String narrow) {}

  static final Names MOBILE =
      new Names(
          "pre_norm_mha.0",
          "pre_norm_mha.1.qkv_proj.weight",
          "pre_norm_mha.1.qkv_proj.bias",
          "pre_norm_mha.1.out_proj.",
          "pre_norm_ffn.0",
          "pre_norm_ffn.1.",
          "pre_norm_ffn.4.");

  static final Names TIMM =
      new Names(
          "norm1",
          "attn.qkv.weight",
          "attn.qkv.bias",
          "attn.proj.",
          "norm2",
          "mlp.fc1.",
          "mlp.fc2.");

  static final Names OPEN_CLIP =
      new Names(
          "ln_1",
          "attn.in_proj_weight",
          "attn.in_proj_bias",
          "attn.out_proj.",
          "ln_2",
          "mlp.c_fc.",
          "mlp.c_proj.");

  private final ModelSource source;
  private final Names names;
  private final Activation activation;
  private final double epsilon;

  TransformerLayers(ModelSource source, Names names, Activation activation) {
    this(source, names, activation, ModelSource.NORM_EPSILON);
  }

  TransformerLayers(ModelSource source, Names names, Activation activation, double epsilon) {
    this.source = source;
    this.names = names;
    this.activation = activation;
    this.epsilon = epsilon;
  }

  /**
   * Writes a layer of self-attention that reads and assigns the variable {@code x}.
   *
   * @param prefix of the layer's names, with the dot
   * @param depth number of layers of the tower, for the beginning values
   * @param masking {@code "CAUSAL, MASK"} as text
   */
  void write(String x, String prefix, int width, int heads, int depth, String masking) {
    source.line("y = " + norm(x, prefix + names.firstNorm, width));
    var weight = selfWeight(prefix, width);
    var bias = projectionBias(prefix, width);
    source.line("y = self.linear(y, " + weight + ", " + bias + ")");
    source.line("y = self.attend_self(y, " + heads + ", " + masking + ")");
    finish(x, prefix, width, depth);
  }

  /**
   * Writes a layer after which {@code x} holds the first token alone: all tokens are attended to,
   * but the rest of the last layer is not worked out for those that nobody reads.
   */
  void writeForFirst(String x, String prefix, int width, int heads, int depth) {
    source.line("y = " + norm(x, prefix + names.firstNorm, width));
    var weight = selfWeight(prefix, width);
    var bias = projectionBias(prefix, width);
    source.line(
        "y = self.attend_first(self.linear(y, " + weight + ", " + bias + "), " + heads + ")");
    source.line(x + " = torch.slice(" + x + ", 1, 0, 1)");
    finish(x, prefix, width, depth);
  }

  /** Writes a layer in which {@code x} attends to the variable {@code context} of equal width. */
  void writeCross(String x, String context, String prefix, int width, int heads, int depth) {
    source.line("y = " + norm(x, prefix + names.firstNorm, width));
    source.line("z = " + norm(context, prefix + "ln_1_kv", width));
    source.line("w = torch.chunk(" + stackedWeights(prefix, width) + ", 3, 0)");
    source.line("c = torch.chunk(" + projectionBias(prefix, width) + ", 3, 0)");
    source.line(
        "y = self.attend(self.linear(y, w[0], c[0]), self.linear(z, w[1], c[1]),"
            + " self.linear(z, w[2], c[2]), "
            + heads
            + ", False, None)");
    finish(x, prefix, width, depth);
  }

  /** Writes what {@link #writeCrossStep} needs of the context: its keys and values, in heads. */
  void writeMemory(String context, String memory, String prefix, int width, int heads) {
    source.line("z = " + norm(context, prefix + "ln_1_kv", width));
    source.line("w = torch.slice(" + stackedWeights(prefix, width) + ", 0, " + width + ")");
    source.line("c = torch.slice(" + projectionBias(prefix, width) + ", 0, " + width + ")");
    source.line("kv = torch.chunk(self.linear(z, w, c), 2, -1)");
    source.line(memory + ".append(self.heads(kv[0], " + heads + "))");
    source.line(memory + ".append(self.heads(kv[1], " + heads + "))");
  }

  /** Writes a causal layer for the id at the place {@code at}; its keys and values are kept. */
  void writeStep(String x, int layer, String prefix, int width, int heads, int depth) {
    source.line("y = " + norm(x, prefix + names.firstNorm, width));
    var weight = selfWeight(prefix, width);
    var bias = projectionBias(prefix, width);
    source.line(
        "y = self.attend_step(p, b, self.linear(y, %s, %s), cache[%d], cache[%d], at, %d)"
            .formatted(weight, bias, 2 * layer, 2 * layer + 1, heads));
    finish(x, prefix, width, depth);
  }

  /** Writes a layer in which rows [R,1,W] attend to the memory of their picture. */
  void writeCrossStep(String x, int layer, String prefix, int width, int heads, int depth) {
    source.line("y = " + norm(x, prefix + names.firstNorm, width));
    source.line("w = torch.slice(" + stackedWeights(prefix, width) + ", 0, 0, " + width + ")");
    source.line("c = torch.slice(" + projectionBias(prefix, width) + ", 0, 0, " + width + ")");
    source.line("k = memory[%d]".formatted(2 * layer));
    source.line("y = torch.reshape(self.linear(y, w, c), [k.size(0), -1, " + width + "])");
    source.line(
        "y = self.attend_heads(p, b, y, k, memory[%d], %d)".formatted(2 * layer + 1, heads));
    source.line("y = torch.reshape(y, [-1, 1, " + width + "])");
    finish(x, prefix, width, depth);
  }

  private String norm(String x, String name, int width) {
    return source.layerNorm(x, name, width, epsilon);
  }

  /** The weights of queries, keys and values one below the other. */
  private String stackedWeights(String prefix, int width) {
    return source.operand(prefix + names.projectionWeight, spread(width), 3L * width, width);
  }

  /** The same as one operand, for self-attention. */
  private String selfWeight(String prefix, int width) {
    return source.linearWeight(prefix + names.projectionWeight, spread(width), 3L * width, width);
  }

  private static Normal spread(int width) {
    return new Normal(1 / Math.sqrt(width));
  }

  private String projectionBias(String prefix, int width) {
    return source.operand(prefix + names.projectionBias, Init.ZEROS, 3L * width);
  }

  private void finish(String x, String prefix, int width, int depth) {
    double residual = 1 / Math.sqrt(2.0 * depth * width);
    source.line(
        x + " = " + x + " + " + source.linear("y", prefix + names.output, width, width, residual));
    source.line("y = " + norm(x, prefix + names.secondNorm, width));
    double widening = 1 / Math.sqrt(2.0 * width);
    source.line(
        "y = " + source.linear("y", prefix + names.widen, width, 4 * width, widening, activation));
    source.line(
        x
            + " = "
            + x
            + " + "
            + source.linear("y", prefix + names.narrow, 4 * width, width, residual));
  }
}
