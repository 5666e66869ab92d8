package org.everclip.formats.datacompdr;

import java.util.Arrays;

/**
 * Rows of float32; the array is not copied, do not modify.
 *
 * @param values row-major
 */
@SuppressWarnings("ArrayRecordComponent")
public record Matrix(int rows, int columns, float[] values) {
  public Matrix {
    if (rows < 0 || columns < 1 || (long) rows * columns != values.length) {
      throw new IllegalArgumentException(
          "expected %d x %d values, got %d".formatted(rows, columns, values.length));
    }
  }

  public float[] row(int index) {
    return rows(index, index + 1).values;
  }

  /** A copy of some rows. */
  public Matrix rows(int from, int to) {
    if (from < 0 || to > rows || from > to) {
      throw new IllegalArgumentException(
          "expected rows of 0 to %d, got %d to %d".formatted(rows, from, to));
    }
    return new Matrix(to - from, columns, Arrays.copyOfRange(values, from * columns, to * columns));
  }

  /** The rows of this one, then those of the other. */
  Matrix above(Matrix below) {
    if (below.columns != columns) {
      throw new IllegalArgumentException(
          "expected rows of %d values, got %d".formatted(columns, below.columns));
    }
    float[] all = Arrays.copyOf(values, values.length + below.values.length);
    System.arraycopy(below.values, 0, all, values.length, below.values.length);
    return new Matrix(rows + below.rows, columns, all);
  }
}
