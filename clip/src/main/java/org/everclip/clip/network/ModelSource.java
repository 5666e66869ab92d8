package org.everclip.clip.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.everclip.clip.network.Architecture.Activation;
import org.everclip.clip.network.Init.Constant;
import org.everclip.clip.network.Init.Normal;

/**
 * Collects the text and the tensors of a network while its forward pass is written down. Each layer
 * method registers its tensors and returns the expression that applies them. Used by one thread.
 */
final class ModelSource {

  /** ln(1/0.07), the temperature that CLIP begins with. */
  private static final double LOGIT_SCALE = 2.659260036932778;

  /** Of all layer norms but those that an architecture gives another. */
  static final double NORM_EPSILON = 1e-5;

  private final Precision precision;
  private final Form form;
  private final List<TensorSpec> parameters = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();
  private final List<TensorSpec> buffers = new ArrayList<>();
  private final Set<Integer> operands = new HashSet<>();
  private final StringBuilder text = new StringBuilder();

  ModelSource(Precision precision, Form form) {
    this.precision = precision;
    this.form = form;
    text.append(precision == Precision.BF16 ? Prelude.BF16 : Prelude.FP32).append(Prelude.COMMON);
  }

  boolean reparameterized() {
    return form == Form.REPARAMETERIZED;
  }

  /**
   * Registers a parameter and returns the expression that reads it; a name that is known keeps its
   * place, so that two methods can share it.
   */
  String parameter(String name, Init init, long... shape) {
    return "p[" + place(name, init, shape) + "]";
  }

  private int place(String name, Init init, long... shape) {
    Integer known = places.putIfAbsent(name, parameters.size());
    if (known != null) {
      return known;
    }
    parameters.add(new TensorSpec(name, shape, init, decays(name, shape)));
    return parameters.size() - 1;
  }

  /** Registers a parameter that is used as an operand of a product, in the product's data type. */
  String operand(String name, Init init, long... shape) {
    int place = place(name, init, shape);
    operands.add(place);
    return "p[" + place + "]";
  }

  void logitScale() {
    parameter("logit_scale", new Constant(LOGIT_SCALE));
  }

  /** Begins a method; {@code inputs} like {@code "x: Tensor"}. */
  void method(String name, String inputs, String result) {
    text.append(
        "  def %s(self, p: List[Tensor], b: List[Tensor], %s) -> %s:%n"
            .formatted(name, inputs, result)
            .replace("\r", ""));
  }

  /** Adds a statement to the method. */
  void line(String statement) {
    text.append("    ").append(statement).append('\n');
  }

  /** Convolution without bias, padded to keep the size at stride 1. */
  String conv(String x, String name, long[] kernel, int stride, int groups) {
    var weight = operand(name + ".weight", kaiming(kernel), kernel);
    return "self.conv(%s, %s, %d, %d, %d, %d)"
        .formatted(x, weight, stride, kernel[2] / 2, kernel[3] / 2, groups);
  }

  /** Convolution of whole patches, without bias: as far apart as they are wide. */
  String patches(String x, String name, long[] kernel, int padding) {
    var weight = operand(name + ".weight", kaiming(kernel), kernel);
    return "self.conv(%s, %s, %d, %d, %d, 1)".formatted(x, weight, kernel[2], padding, padding);
  }

  /** Convolution of whole patches, with bias. */
  String biasedPatches(String x, String name, long[] kernel) {
    return biased("biased_conv", x, name, kernel, kaiming(kernel), (int) kernel[2], 0, 0, 1);
  }

  /** Convolution with bias, padded to keep the size at stride 1. */
  String biasedConv(String x, String name, long[] kernel, int stride, int groups, Init init) {
    return padded("biased_conv", x, name, kernel, stride, groups, init);
  }

  /** GELU of a convolution with bias, padded to keep the size at stride 1. */
  String biasedConvGelu(String x, String name, long[] kernel, int stride, int groups, Init init) {
    return padded("biased_conv_gelu", x, name, kernel, stride, groups, init);
  }

  private String padded(
      String method, String x, String name, long[] kernel, int stride, int groups, Init init) {
    return biased(
        method, x, name, kernel, init, stride, (int) kernel[2] / 2, (int) kernel[3] / 2, groups);
  }

  private String biased(
      String method,
      String x,
      String name,
      long[] kernel,
      Init init,
      int stride,
      int padHeight,
      int padWidth,
      int groups) {
    var weight = operand(name + ".weight", init, kernel);
    var bias = operand(name + ".bias", Init.ZEROS, kernel[0]);
    return "self.%s(%s, %s, %s, %d, %d, %d, %d)"
        .formatted(method, x, weight, bias, stride, padHeight, padWidth, groups);
  }

  /** GELU in its exact form. */
  String gelu(String x) {
    return "self.gelu(" + x + ")";
  }

  String biasedConv(String x, String name, long[] kernel, int stride, int groups) {
    return biasedConv(x, name, kernel, stride, groups, kaiming(kernel));
  }

  String batchNorm(String x, String name, int channels) {
    var weight = parameter(name + ".weight", Init.ONES, channels);
    var bias = parameter(name + ".bias", Init.ZEROS, channels);
    int mean = buffers.size();
    buffers.add(new TensorSpec(name + ".running_mean", new long[] {channels}, Init.ZEROS, false));
    buffers.add(new TensorSpec(name + ".running_var", new long[] {channels}, Init.ONES, false));
    return "self.batch_norm(%s, %s, %s, b[%d], b[%d], training)"
        .formatted(x, weight, bias, mean, mean + 1);
  }

  /** {@code name.conv} followed by {@code name.bn}. */
  String convNorm(String x, String name, long[] kernel, int stride, int groups) {
    return batchNorm(
        conv(x, name + ".conv", kernel, stride, groups), name + ".bn", (int) kernel[0]);
  }

  String layerNorm(String x, String name, int width) {
    return layerNorm(x, name, width, NORM_EPSILON);
  }

  String layerNorm(String x, String name, int width, double epsilon) {
    var weight = parameter(name + ".weight", Init.ONES, width);
    var bias = parameter(name + ".bias", Init.ZEROS, width);
    return "torch.layer_norm(%s, [%d], %s, %s, %s)".formatted(x, width, weight, bias, epsilon);
  }

  /** Linear layer with bias; {@code name} is what stands before {@code weight} and {@code bias}. */
  String linear(String x, String name, int in, int out, double standardDeviation) {
    return linear("linear", x, name, in, out, standardDeviation);
  }

  /** The activation of a linear layer with bias. */
  String linear(
      String x, String name, int in, int out, double standardDeviation, Activation activation) {
    var method = activation == Activation.GELU ? "linear_gelu" : "linear_quick_gelu";
    return linear(method, x, name, in, out, standardDeviation);
  }

  private String linear(
      String method, String x, String name, int in, int out, double standardDeviation) {
    var weight = operand(name + "weight", new Normal(standardDeviation), out, in);
    var bias = operand(name + "bias", Init.ZEROS, out);
    return "self.%s(%s, %s, %s)".formatted(method, x, weight, bias);
  }

  /**
   * The projection to the joint space, in float32: a matrix [in, out] called {@code name}, or with
   * open_clip's naming of MobileCLIP's image towers a linear layer with bias below {@code name}.
   */
  String head(String x, String name, Naming naming, int in, int out) {
    var init = new Normal(1 / Math.sqrt(in));
    if (naming == Naming.ORIGINAL) {
      return "torch.matmul(%s, %s)".formatted(x, parameter(name, init, in, out));
    }
    var weight = parameter(name + ".weight", init, out, in);
    var bias = parameter(name + ".bias", Init.ZEROS, out);
    return "torch.linear(%s, %s, %s)".formatted(x, weight, bias);
  }

  Network network(Architecture architecture) {
    writePreparation();
    return new TextNetwork(
        architecture.name(),
        List.copyOf(parameters),
        List.copyOf(buffers),
        text.toString(),
        architecture.imageSize(),
        architecture.text().contextLength(),
        architecture.text().vocabularySize(),
        architecture.embedDim(),
        architecture.decoder() != null);
  }

  /** Casts and lays out once what each call would cast again. */
  private void writePreparation() {
    text.append("  def prepared(self, p: List[Tensor]) -> List[Tensor]:\n");
    line("q = annotate(List[Tensor], [])");
    for (int i = 0; i < parameters.size(); i++) {
      var value = "p[" + i + "]";
      if (operands.contains(i)) {
        value = "self.cast(" + value + ")";
        if (parameters.get(i).shape().length == 4) {
          value = "torch.contiguous(" + value + ", memory_format=2)";
        }
      }
      line("q.append(" + value + ")");
    }
    line("return q");
  }

  static Init kaiming(long... kernel) {
    return Init.kaiming(kernel[1] * kernel[2] * kernel[3]);
  }

  /** The rule of the reference's training program: matrices decay, norms, biases and scales not. */
  private static boolean decays(String name, long... shape) {
    var lower = name.toLowerCase(Locale.ROOT);
    return shape.length >= 2
        && !lower.contains("bn")
        && !lower.contains("ln")
        && !lower.contains("bias")
        && !lower.contains("logit_scale");
  }

  private record TextNetwork(
      String name,
      List<TensorSpec> parameters,
      List<TensorSpec> buffers,
      String source,
      int imageSize,
      int contextLength,
      int vocabularySize,
      int embedDim,
      boolean captions)
      implements Network {}
}
