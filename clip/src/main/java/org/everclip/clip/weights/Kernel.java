package org.everclip.clip.weights;

import java.util.Arrays;

/**
 * A convolution's weight [out, in/groups, h, w] and bias in double precision; immutable by habit.
 */
final class Kernel {

  private static final double EPSILON = 1e-5;

  final long[] shape;
  private final double[] weight;
  private final double[] bias;

  Kernel(long[] shape, double[] weight, double[] bias) {
    this.shape = shape;
    this.weight = weight;
    this.bias = bias;
  }

  static Kernel zeros(long[] shape) {
    long size = shape[0] * shape[1] * shape[2] * shape[3];
    return new Kernel(shape, new double[Math.toIntExact(size)], new double[(int) shape[0]]);
  }

  /** The convolution that returns its input. */
  static Kernel identity(long[] shape) {
    var kernel = zeros(shape);
    int area = (int) (shape[2] * shape[3]);
    int center = (int) (shape[2] / 2 * shape[3] + shape[3] / 2);
    for (int out = 0; out < shape[0]; out++) {
      int in = (int) (out % shape[1]);
      kernel.weight[(int) (out * shape[1] + in) * area + center] = 1;
    }
    return kernel;
  }

  /** This convolution followed by a batch norm with running statistics. */
  Kernel normalized(double[] gamma, double[] beta, double[] mean, double[] variance) {
    var factor = new double[gamma.length];
    var shift = new double[gamma.length];
    for (int i = 0; i < factor.length; i++) {
      factor[i] = gamma[i] / Math.sqrt(variance[i] + EPSILON);
      shift[i] = beta[i] - factor[i] * mean[i];
    }
    return scaled(factor).plus(new Kernel(shape, new double[weight.length], shift));
  }

  /** Each output channel times its factor. */
  Kernel scaled(double[] factor) {
    int rows = weight.length / factor.length;
    var scaled = weight.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factor[i / rows];
    }
    var scaledBias = bias.clone();
    for (int i = 0; i < scaledBias.length; i++) {
      scaledBias[i] *= factor[i];
    }
    return new Kernel(shape, scaled, scaledBias);
  }

  Kernel minus(Kernel other) {
    var ones = new double[bias.length];
    Arrays.fill(ones, -1);
    return plus(other.scaled(ones));
  }

  /** The sum; a smaller kernel is centred in this one. */
  Kernel plus(Kernel other) {
    var sum = weight.clone();
    int top = (int) (shape[2] - other.shape[2]) / 2;
    int left = (int) (shape[3] - other.shape[3]) / 2;
    int height = (int) other.shape[2];
    int width = (int) other.shape[3];
    for (int i = 0; i < other.weight.length; i++) {
      int plane = i / (height * width);
      int y = i / width % height + top;
      int x = i % width + left;
      sum[(int) ((plane * shape[2] + y) * shape[3] + x)] += other.weight[i];
    }
    var sumBias = bias.clone();
    for (int i = 0; i < sumBias.length; i++) {
      sumBias[i] += other.bias[i];
    }
    return new Kernel(shape, sum, sumBias);
  }

  float[] floatWeight() {
    return floats(weight);
  }

  float[] floatBias() {
    return floats(bias);
  }

  private static float[] floats(double[] values) {
    var narrow = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }
}
