package org.everclip.clip.network;

import java.util.Arrays;

/**
 * Name (in the reference's state dict), shape and beginning of one tensor. The shape is not copied:
 * do not modify it.
 *
 * @param decay whether weight decay applies
 */
public record TensorSpec(String name, long[] shape, Init init, boolean decay) {

  /** The number of values. */
  public long size() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorSpec that
        && name.equals(that.name)
        && Arrays.equals(shape, that.shape)
        && init.equals(that.init)
        && decay == that.decay;
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name + Arrays.toString(shape);
  }
}
