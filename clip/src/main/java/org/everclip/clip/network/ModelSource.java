package org.everclip.clip.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

  private final Lowering lowering;
  private final Form form;
  private final List<TensorSpec> parameters = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();
  private final List<TensorSpec> buffers = new ArrayList<>();

  /** What is done once with a parameter before it is used, by the expression that reads it. */
  private final Map<String, String> preparation = new HashMap<>();

  private final StringBuilder text = new StringBuilder();

  ModelSource(Precision precision, Form form, Lowering lowering) {
    this.lowering = lowering;
    this.form = form;
    text.append(Prelude.of(precision, lowering));
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
    var operand = parameter(name, init, shape);
    preparation.put(operand, "self.cast(" + operand + ")");
    return operand;
  }

  /** Registers the weight [out, in] of a linear layer. */
  String linearWeight(String name, Init init, long out, long in) {
    var weight = parameter(name, init, out, in);
    preparation.put(weight, "self.packed_linear(" + weight + ")");
    return weight;
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
    var weight = parameter(name + ".weight", kaiming(kernel), kernel);
    var geometry = padded(kernel, stride, groups);
    if (doubles(kernel, groups)) {
      preparation.put(weight, "self.cast(" + weight + ")");
      return "self.doubling_conv(%s, %s, None, %s)".formatted(x, weight, geometry);
    }
    preparation.put(weight, packed(weight, geometry));
    return "self.conv(%s, %s, %s)".formatted(x, weight, geometry);
  }

  /** Convolution of whole patches, without bias: as far apart as they are wide. */
  String patches(String x, String name, long[] kernel, int padding) {
    var weight = parameter(name + ".weight", kaiming(kernel), kernel);
    var geometry = geometry(kernel[2], padding, padding, 1);
    preparation.put(weight, packed(weight, geometry));
    return "self.conv(%s, %s, %s)".formatted(x, weight, geometry);
  }

  /** Convolution of whole patches, with bias. */
  String biasedPatches(String x, String name, long[] kernel) {
    return biased("biased_conv", x, name, kernel, kaiming(kernel), geometry(kernel[2], 0, 0, 1));
  }

  /** Convolution with bias, padded to keep the size at stride 1. */
  String biasedConv(String x, String name, long[] kernel, int stride, int groups, Init init) {
    var geometry = padded(kernel, stride, groups);
    if (doubles(kernel, groups)) {
      var weight = operand(name + ".weight", init, kernel);
      var bias = operand(name + ".bias", Init.ZEROS, kernel[0]);
      return "self.doubling_conv(%s, %s, %s, %s)".formatted(x, weight, bias, geometry);
    }
    return biased("biased_conv", x, name, kernel, init, geometry);
  }

  /** GELU of a convolution with bias, padded to keep the size at stride 1. */
  String biasedConvGelu(String x, String name, long[] kernel, int stride, int groups, Init init) {
    return biased("biased_conv_gelu", x, name, kernel, init, padded(kernel, stride, groups));
  }

  /** A 1 x 1 convolution with bias, times a factor per channel that is another parameter. */
  String scaledPoints(String x, String factor, String name, int in, int out, Init init) {
    var kernel = new long[] {out, in, 1, 1};
    if (lowering == Lowering.GENERAL) {
      return "self.cast(%s) * %s".formatted(factor, biasedConv(x, name, kernel, 1, 1, init));
    }
    var geometry = padded(kernel, 1, 1);
    var weight = parameter(name + ".weight", init, kernel);
    var bias = parameter(name + ".bias", Init.ZEROS, out);
    preparation.put(weight, packed("self.rows_times(%s, %s)".formatted(weight, factor), geometry));
    preparation.put(bias, "self.cast(%s * torch.reshape(%s, [-1]))".formatted(bias, factor));
    return "self.biased_conv(%s, %s, %s, %s)".formatted(x, weight, bias, geometry);
  }

  private String biased(
      String method, String x, String name, long[] kernel, Init init, String geometry) {
    var weight = parameter(name + ".weight", init, kernel);
    preparation.put(weight, packed(weight, geometry));
    var bias = operand(name + ".bias", Init.ZEROS, kernel[0]);
    return "self.%s(%s, %s, %s, %s)".formatted(method, x, weight, bias, geometry);
  }

  /** Whether each input channel makes two output channels, without gradient. */
  private boolean doubles(long[] kernel, int groups) {
    return lowering == Lowering.CPU_INFERENCE
        && groups > 1
        && kernel[1] == 1
        && kernel[0] == 2L * groups;
  }

  private static String packed(String weight, String geometry) {
    return "self.packed_conv(%s, %s)".formatted(weight, geometry);
  }

  private static String padded(long[] kernel, int stride, int groups) {
    return geometry(stride, kernel[2] / 2, kernel[3] / 2, groups);
  }

  private static String geometry(long stride, long padHeight, long padWidth, int groups) {
    return "%d, %d, %d, %d".formatted(stride, padHeight, padWidth, groups);
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
    if (lowering == Lowering.CPU_INFERENCE && !doubles(kernel, groups)) {
      return foldedConvNorm(x, name, kernel, padded(kernel, stride, groups));
    }
    return batchNorm(
        conv(x, name + ".conv", kernel, stride, groups), name + ".bn", (int) kernel[0]);
  }

  /** A convolution whose kernel and bias take in the batch norm after it. */
  private String foldedConvNorm(String x, String name, long[] kernel, String geometry) {
    var weight = parameter(name + ".conv.weight", kaiming(kernel), kernel);
    int norm = parameters.size();
    int statistics = buffers.size();
    batchNorm(x, name + ".bn", (int) kernel[0]);
    var bias = "p[" + (norm + 1) + "]";
    var factor = "self.norm_factor(p[%d], b[%d])".formatted(norm, statistics + 1);
    preparation.put(weight, packed("self.rows_times(%s, %s)".formatted(weight, factor), geometry));
    preparation.put(bias, "self.cast(%s - b[%d] * %s)".formatted(bias, statistics, factor));
    return "self.biased_conv(%s, %s, %s, %s)".formatted(x, weight, bias, geometry);
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
    var weight = linearWeight(name + "weight", new Normal(standardDeviation), out, in);
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

  /** Casts, folds and lays out once what each call would do again. */
  private void writePreparation() {
    text.append("  def prepared(self, p: List[Tensor], b: List[Tensor]) -> List[Tensor]:\n");
    line("q = annotate(List[Tensor], [])");
    for (int i = 0; i < parameters.size(); i++) {
      var value = "p[" + i + "]";
      line("q.append(" + preparation.getOrDefault(value, value) + ")");
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
