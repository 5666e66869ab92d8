package org.everclip.formats.weights;

/** A float32 tensor, row-major; the arrays are not copied, do not modify. */
@SuppressWarnings("ArrayRecordComponent")
public record Tensor(String name, long[] shape, float[] values) implements WeightEntry {
  public Tensor {
    WeightEntry.check(name, shape, values.length);
  }
}
