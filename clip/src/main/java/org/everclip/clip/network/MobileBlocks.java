package org.everclip.clip.network;

import java.util.ArrayList;
import org.everclip.clip.network.Init.Constant;
import org.everclip.clip.network.Init.TruncatedNormal;

/** The blocks of MobileCLIP in both forms; each reads and assigns the variable {@code x}. */
final class MobileBlocks {

  private static final int HEAD_WIDTH = 32;
  private static final Init FEED_FORWARD = new TruncatedNormal(0.02);

  private final ModelSource source;
  private final Init layerScale;

  MobileBlocks(ModelSource source, double layerScale) {
    this.source = source;
    this.layerScale = new Constant(layerScale);
  }

  /** MobileOne block with GELU, as an expression of {@code x}. */
  String mobileOne(String name, long[] kernel, int stride, int groups) {
    return "torch.gelu(" + branches("x", name, kernel, stride, groups) + ")";
  }

  /** The sum of a MobileOne block's branches: k x k, 1 x 1, identity; or the one they fold into. */
  private String branches(String x, String name, long[] kernel, int stride, int groups) {
    if (source.reparameterized()) {
      return source.biasedConv(x, name + ".reparam_conv", kernel, stride, groups);
    }
    var sum = new ArrayList<String>();
    sum.add(source.convNorm(x, name + ".rbr_conv.0", kernel, stride, groups));
    if (kernel[2] > 1) {
      var point = new long[] {kernel[0], kernel[1], 1, 1};
      sum.add(source.convNorm(x, name + ".rbr_scale", point, stride, groups));
    }
    if (kernel[0] == kernel[1] * groups && stride == 1) {
      sum.add(source.batchNorm(x, name + ".rbr_skip", (int) kernel[0]));
    }
    return String.join(" + ", sum);
  }

  /** A large and a small depthwise convolution at stride 2, then a 1 x 1 block. */
  void downsample(String name, int in, int out, boolean squeezeExcite) {
    var large = new long[] {out, 1, 7, 7};
    if (source.reparameterized()) {
      source.line("x = " + source.biasedConv("x", name + ".proj.0.lkb_reparam", large, 2, in));
    } else {
      var small = new long[] {out, 1, 3, 3};
      source.line(
          "x = "
              + source.convNorm("x", name + ".proj.0.lkb_origin", large, 2, in)
              + " + "
              + source.convNorm("x", name + ".proj.0.small_conv", small, 2, in));
    }
    if (squeezeExcite) {
      squeezeExcite(name + ".proj.0.se.fc1", name + ".proj.0.se.fc2", out, divisible(out / 4));
    }
    source.line("x = torch.gelu(x)");
    source.line("x = " + mobileOne(name + ".proj.1", new long[] {out, out, 1, 1}, 1, 1));
  }

  /** Conditional position encoding: a depthwise convolution added to its input. */
  void positions(String name, int width) {
    var kernel = new long[] {width, 1, 7, 7};
    if (source.reparameterized()) {
      source.line("x = " + source.biasedConv("x", name + ".reparam_conv", kernel, 1, width));
    } else {
      source.line("x = x + " + source.biasedConv("x", name + ".pe", kernel, 1, width));
    }
  }

  /** RepMixer, then ConvFFN. */
  void mixerBlock(String name, int width, int ratio, long[] mixer, long[] feedForward) {
    var kernel = new long[] {width, 1, mixer[0], mixer[1]};
    var inner = name + ".token_mixer";
    if (source.reparameterized()) {
      source.line("x = " + source.biasedConv("x", inner + ".reparam_conv", kernel, 1, width));
    } else {
      source.line("u = self.cast(x)");
      // A tuple kernel has no 1 x 1 branch in the reference, because its first entry is 1.
      var sum = branches("u", inner + ".mixer", kernel, 1, width);
      var norm = source.batchNorm("u", inner + ".norm.rbr_skip", width);
      source.line(
          "x = x + " + scale(inner + ".layer_scale", width) + " * (" + sum + " - " + norm + ")");
    }
    var scale = scale(name + ".layer_scale", width);
    convFeedForward(name + ".convffn", width, ratio, feedForward);
    source.line("x = x + " + scale + " * y");
  }

  /** Attention over all positions, then ConvFFN. */
  void attentionBlock(String name, int width, int ratio) {
    var first = scale(name + ".layer_scale_1", width);
    var second = scale(name + ".layer_scale_2", width);
    source.line("y = self.image_sequence(" + source.batchNorm("x", name + ".norm", width) + ")");
    var projection =
        source.operand(name + ".token_mixer.qkv.weight", FEED_FORWARD, 3L * width, width);
    source.line("y = torch.linear(self.cast(y), self.cast(" + projection + "))");
    source.line("y = self.attend_self(y, " + width / HEAD_WIDTH + ", False, None)");
    source.line("y = " + source.linear("y", name + ".token_mixer.proj.", width, width, 0.02));
    source.line("x = x + " + first + " * self.sequence_image(y, x)");
    convFeedForward(name + ".convffn", width, ratio, new long[] {7, 7});
    source.line("x = x + " + second + " * y");
  }

  /** Depthwise expansion to twice the width with squeeze-and-excitation. */
  void expansion(String name, int width) {
    int out = 2 * width;
    source.line("x = " + branches("x", name, new long[] {out, 1, 3, 3}, 1, width));
    squeezeExcite(name + ".se.reduce", name + ".se.expand", out, out / 16);
    source.line("x = torch.gelu(x)");
  }

  /** Assigns {@code y = PW(GELU(PW(BN(DW(x)))))}. */
  private void convFeedForward(String name, int width, int ratio, long[] kernel) {
    int inner = ratio * width;
    var depthwise = new long[] {width, 1, kernel[0], kernel[1]};
    source.line("y = " + source.convNorm("x", name + ".conv", depthwise, 1, width));
    var widen = new long[] {inner, width, 1, 1};
    source.line(
        "y = torch.gelu(" + source.biasedConv("y", name + ".fc1", widen, 1, 1, FEED_FORWARD) + ")");
    var narrow = new long[] {width, inner, 1, 1};
    source.line("y = " + source.biasedConv("y", name + ".fc2", narrow, 1, 1, FEED_FORWARD));
  }

  private void squeezeExcite(String reduce, String expand, int width, int reduced) {
    source.line(
        "x = self.squeeze_excite(x, %s, %s, %s, %s)"
            .formatted(
                source.operand(reduce + ".weight", Init.kaiming(width), reduced, width, 1, 1),
                source.operand(reduce + ".bias", Init.ZEROS, reduced),
                source.operand(expand + ".weight", Init.kaiming(reduced), width, reduced, 1, 1),
                source.operand(expand + ".bias", Init.ZEROS, width)));
  }

  private String scale(String name, int width) {
    return "self.cast(" + source.operand(name, layerScale, width, 1, 1) + ")";
  }

  /** The nearest multiple of 8, at least 8, not below 90 % of the value. */
  private static int divisible(int value) {
    int rounded = Math.max(8, (value + 4) / 8 * 8);
    return rounded < 0.9 * value ? rounded + 8 : rounded;
  }
}
