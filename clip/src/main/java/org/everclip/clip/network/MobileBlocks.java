package org.everclip.clip.network;

import java.util.ArrayList;
import org.everclip.clip.network.Architecture.AttentionNorm;
import org.everclip.clip.network.Init.Constant;
import org.everclip.clip.network.Init.TruncatedNormal;

/**
 * The convolutional blocks of MobileCLIP in both forms and namings; each reads and assigns the
 * variable {@code x}.
 */
final class MobileBlocks {

  private static final int HEAD_WIDTH = 32;
  private static final Init FEED_FORWARD = new TruncatedNormal(0.02);

  private final ModelSource source;
  private final Naming naming;
  private final Init layerScale;

  MobileBlocks(ModelSource source, Naming naming, double layerScale) {
    this.source = source;
    this.naming = naming;
    this.layerScale = new Constant(layerScale);
  }

  /** MobileOne block with GELU. */
  void mobileOne(String name, long[] kernel, int stride, int groups, boolean scaleBranch) {
    if (source.reparameterized()) {
      var init = ModelSource.kaiming(kernel);
      source.line("x = " + source.biasedConvGelu("x", folded(name), kernel, stride, groups, init));
    } else {
      var sum = branches("x", name, kernel, stride, groups, scaleBranch);
      source.line("x = " + source.gelu(sum));
    }
  }

  /** The sum of a MobileOne block's branches: k x k, 1 x 1, identity; or the one they fold into. */
  private String branches(
      String x, String name, long[] kernel, int stride, int groups, boolean scaleBranch) {
    if (source.reparameterized()) {
      return source.biasedConv(x, folded(name), kernel, stride, groups);
    }
    var sum = new ArrayList<String>();
    sum.add(source.convNorm(x, part(name, Role.CONV_BRANCH), kernel, stride, groups));
    if (scaleBranch) {
      var point = new long[] {kernel[0], kernel[1], 1, 1};
      sum.add(source.convNorm(x, part(name, Role.SCALE_BRANCH), point, stride, groups));
    }
    if (kernel[0] == kernel[1] * groups && stride == 1) {
      sum.add(source.batchNorm(x, part(name, Role.SKIP_BRANCH), (int) kernel[0]));
    }
    return String.join(" + ", sum);
  }

  /** A large and a small depthwise convolution at stride 2, then a 1 x 1 block. */
  void downsample(String name, int in, int out, boolean squeezeExcite) {
    var first = name + ".proj.0";
    var large = new long[] {out, 1, 7, 7};
    if (source.reparameterized()) {
      source.line(
          "x = " + source.biasedConv("x", part(first, Role.FOLDED_LARGE_CONV), large, 2, in));
    } else {
      var small = new long[] {out, 1, 3, 3};
      source.line(
          "x = "
              + source.convNorm("x", part(first, Role.LARGE_CONV), large, 2, in)
              + " + "
              + source.convNorm("x", first + ".small_conv", small, 2, in));
    }
    if (squeezeExcite) {
      squeezeExcite(first + ".se.fc1", first + ".se.fc2", out, divisible(out / 4));
    }
    source.line("x = " + source.gelu("x"));
    mobileOne(name + ".proj.1", new long[] {out, out, 1, 1}, 1, 1, false);
  }

  /** Conditional position encoding: a depthwise convolution added to its input. */
  void positions(String name, int width) {
    var kernel = new long[] {width, 1, 7, 7};
    if (source.reparameterized()) {
      source.line("x = " + source.biasedConv("x", folded(name), kernel, 1, width));
    } else {
      var encoding = part(name, Role.POSITION_CONV);
      source.line("x = x + " + source.biasedConv("x", encoding, kernel, 1, width));
    }
  }

  /** RepMixer, then ConvFFN. */
  void mixerBlock(String name, int width, int ratio, long[] mixer, long[] feedForward) {
    var kernel = new long[] {width, 1, mixer[0], mixer[1]};
    var inner = name + ".token_mixer";
    if (source.reparameterized()) {
      source.line("x = " + source.biasedConv("x", folded(inner), kernel, 1, width));
    } else {
      source.line("u = self.cast(x)");
      // The text's kernel [1, 11] has no 1 x 1 branch, because the reference asks its first entry.
      var sum = branches("u", inner + ".mixer", kernel, 1, width, mixer[0] > 1);
      var norm = source.batchNorm("u", part(inner + ".norm", Role.SKIP_BRANCH), width);
      source.line(
          "x = x + "
              + "self.cast("
              + factor(part(inner, Role.LAYER_SCALE), width)
              + ") * ("
              + sum
              + " - "
              + norm
              + ")");
    }
    var scale = factor(part(name, Role.LAYER_SCALE), width);
    convFeedForward(part(name, Role.FEED_FORWARD), width, ratio, feedForward, scale);
  }

  /** Attention over all positions, then ConvFFN. */
  void attentionBlock(String name, int width, int ratio, AttentionNorm norm) {
    var first = factor(part(name, Role.LAYER_SCALE_1), width);
    var second = factor(part(name, Role.LAYER_SCALE_2), width);
    if (norm == AttentionNorm.BATCH) {
      source.line("y = self.image_sequence(" + source.batchNorm("x", name + ".norm", width) + ")");
    } else {
      source.line("y = torch.to(self.image_sequence(x), 6)");
      source.line("y = " + source.layerNorm("y", name + ".norm", width));
    }
    var projection =
        source.linearWeight(name + ".token_mixer.qkv.weight", FEED_FORWARD, 3L * width, width);
    source.line("y = self.linear(y, " + projection + ", None)");
    source.line("y = self.attend_self(y, " + width / HEAD_WIDTH + ", False, None)");
    source.line("y = " + source.linear("y", name + ".token_mixer.proj.", width, width, 0.02));
    source.line("x = x + self.cast(" + first + ") * self.sequence_image(y, x)");
    convFeedForward(part(name, Role.FEED_FORWARD), width, ratio, new long[] {7, 7}, second);
  }

  /** Depthwise expansion to twice the width with squeeze-and-excitation. */
  void expansion(String name, int width) {
    int out = 2 * width;
    source.line("x = " + branches("x", name, new long[] {out, 1, 3, 3}, 1, width, true));
    squeezeExcite(part(name, Role.REDUCE), part(name, Role.EXPAND), out, out / 16);
    source.line("x = " + source.gelu("x"));
  }

  /** {@code x = x + factor * PW(GELU(PW(BN(DW(x)))))}. */
  private void convFeedForward(String name, int width, int ratio, long[] kernel, String factor) {
    int inner = ratio * width;
    var depthwise = new long[] {width, 1, kernel[0], kernel[1]};
    source.line("y = " + source.convNorm("x", name + ".conv", depthwise, 1, width));
    var widen = new long[] {inner, width, 1, 1};
    source.line("y = " + source.biasedConvGelu("y", name + ".fc1", widen, 1, 1, FEED_FORWARD));
    source.line(
        "x = x + " + source.scaledPoints("y", factor, name + ".fc2", inner, width, FEED_FORWARD));
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

  private String part(String block, Role role) {
    return block + "." + role.in(naming);
  }

  private static String folded(String block) {
    return block + ".reparam_conv";
  }

  private String factor(String name, int width) {
    return source.operand(name, layerScale, width, 1, 1);
  }

  /** The nearest multiple of 8, at least 8, not below 90 % of the value. */
  private static int divisible(int value) {
    int rounded = Math.max(8, (value + 4) / 8 * 8);
    return rounded < 0.9 * value ? rounded + 8 : rounded;
  }
}
