package org.everclip.formats.embedding;

import java.util.Objects;

/**
 * Little-endian bfloat16.
 *
 * @param bytes not copied
 * @param from where the first row begins
 */
@SuppressWarnings("ArrayRecordComponent")
record PlainRows(byte[] bytes, int from, int rows, int dim) implements EmbeddingRows {

  /** Opens rows that fill the bytes up to the slack. */
  static PlainRows open(byte[] bytes, int from, int dim) {
    int length = bytes.length - RowBits.SLACK - from;
    if (length % (2L * dim) != 0) {
      throw new IllegalArgumentException(
          "expected rows of %d bfloat16 values, got %d bytes".formatted(dim, length));
    }
    return new PlainRows(bytes, from, length / (2 * dim), dim);
  }

  @Override
  public void copy(int row, float[] target, int at) {
    int start = from + 2 * dim * Objects.checkIndex(row, rows);
    for (int i = 0; i < dim; i++) {
      target[at + i] =
          Float.intBitsToFloat(
              (bytes[start + 2 * i] & 0xff) << 16 | bytes[start + 2 * i + 1] << 24);
    }
  }
}
