package org.everclip.formats.weights;

/** An int64 tensor, row-major; the arrays are not copied, do not modify. */
@SuppressWarnings("ArrayRecordComponent")
public record LongTensor(String name, long[] shape, long[] values) implements WeightEntry {
  public LongTensor {
    WeightEntry.check(name, shape, values.length);
  }
}
