package org.everclip.formats.embedding;

/** Stored rows, of which any can be looked at by itself. Immutable. */
public interface EmbeddingRows {

  /** How many there are. */
  int rows();

  /** Values of a row. */
  int dim();

  /**
   * Decodes a row.
   *
   * @param target row-major float32 of {@code dim} values from {@code at} on
   * @throws IndexOutOfBoundsException when there is no such row
   * @throws IllegalArgumentException when the bytes are damaged
   */
  void copy(int row, float[] target, int at);

  /** All rows, row-major. */
  default float[] values() {
    float[] values = new float[Math.multiplyExact(rows(), dim())];
    for (int row = 0; row < rows(); row++) {
      copy(row, values, row * dim());
    }
    return values;
  }
}
