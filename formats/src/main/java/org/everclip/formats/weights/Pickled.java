package org.everclip.formats.weights;

import java.util.List;

/**
 * What a pickle of tensors consists of, beside Java's texts, numbers, lists and maps. None of it
 * can act: a global is a name, a tensor is where its values are.
 */
final class Pickled {
  private Pickled() {}

  /** Python's None. */
  enum None {
    NONE
  }

  record Tuple(List<Object> items) {}

  /** A name of the allow-list. */
  record Global(String module, String name) {
    @Override
    public String toString() {
      return module + "." + name;
    }
  }

  /**
   * A run of values that tensors share.
   *
   * @param elements number of values
   */
  record Storage(Dtype type, String key, long elements) {}

  /**
   * A tensor as a view of a storage.
   *
   * @param offset of its first value, in values
   * @param strides in values, one a side
   */
  record View(Storage storage, long offset, List<Long> shape, List<Long> strides) {
    long[] sides() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }

    boolean isDense() {
      long expected = 1;
      for (int i = shape.size() - 1; i >= 0; i--) {
        if (shape.get(i) != 1 && strides.get(i) != expected) {
          return false;
        }
        expected *= shape.get(i);
      }
      return true;
    }
  }
}
