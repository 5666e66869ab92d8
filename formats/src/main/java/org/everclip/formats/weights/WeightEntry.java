package org.everclip.formats.weights;

/** What {@link SafetensorsWriter} writes: {@link Tensor} or {@link LongTensor}. */
public sealed interface WeightEntry permits Tensor, LongTensor {
  String name();

  long[] shape();

  /** Checks that the values fill the shape. */
  static void check(String name, long[] shape, int values) {
    long expected = 1;
    for (long side : shape) {
      if (side < 0) {
        throw new IllegalArgumentException("tensor " + name + " has the negative side " + side);
      }
      expected = Math.multiplyExact(expected, side);
    }
    if (expected != values) {
      throw new IllegalArgumentException(
          "tensor " + name + ": expected " + expected + " values for its shape, got " + values);
    }
  }
}
