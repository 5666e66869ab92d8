package org.everclip.clip.network;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.everclip.clip.network.Init.Constant;
import org.everclip.clip.network.Init.Normal;

/**
 * Collects the text and the tensors of a network while its forward pass is written down. Each layer
 * method registers its tensors and returns the expression that applies them. Used by one thread.
 */
final class ModelSource {

  /** ln(1/0.07), the temperature that CLIP begins with. */
  private static final double LOGIT_SCALE = 2.659260036932778;

  private final Precision precision;
  private final Form form;
  private final List<TensorSpec> parameters = new ArrayList<>();
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

  /** Registers a parameter and returns the expression that reads it. */
  String parameter(String name, Init init, long... shape) {
    parameters.add(new TensorSpec(name, shape, init, decays(name, shape)));
    return "p[" + (parameters.size() - 1) + "]";
  }

  /** Registers a parameter that is used as an operand of a product, in the product's data type. */
  String operand(String name, Init init, long... shape) {
    operands.add(parameters.size());
    return parameter(name, init, shape);
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

  /** Convolution with bias, padded to keep the size at stride 1. */
  String biasedConv(String x, String name, long[] kernel, int stride, int groups, Init init) {
    var weight = operand(name + ".weight", init, kernel);
    var bias = operand(name + ".bias", Init.ZEROS, kernel[0]);
    return "self.biased_conv(%s, %s, %s, %d, %d, %d, %d)"
        .formatted(x, weight, bias, stride, kernel[2] / 2, kernel[3] / 2, groups);
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
    var weight = parameter(name + ".weight", Init.ONES, width);
    var bias = parameter(name + ".bias", Init.ZEROS, width);
    return "torch.layer_norm(%s, [%d], %s, %s, 1e-05)".formatted(x, width, weight, bias);
  }

  /** Linear layer with bias; {@code name} is what stands before {@code weight} and {@code bias}. */
  String linear(String x, String name, int in, int out, double standardDeviation) {
    var weight = operand(name + "weight", new Normal(standardDeviation), out, in);
    var bias = operand(name + "bias", Init.ZEROS, out);
    return "self.linear(%s, %s, %s)".formatted(x, weight, bias);
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
