package org.everclip.formats.embedding;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a teacher's rows are stored, by the name that stands in the records. All are deterministic,
 * all give any row without decoding the others, and all stay readable for ever. Thread-safe.
 *
 * <p>The bytes come from strangers: whatever they are, opening and reading them gives rows or an
 * {@link IllegalArgumentException}, in memory that the bytes' own length bounds.
 */
public enum EmbeddingEncoding {
  /** Little-endian bfloat16, row-major: two bytes a value. */
  BF16("bf16") {
    @Override
    public byte[] encode(float[] values, int dim) {
      rows(values.length, dim);
      return Bfloat16.encode(values);
    }

    @Override
    EmbeddingRows open(byte[] bytes, int dim) {
      return PlainRows.open(bytes, 0, dim);
    }
  },

  /**
   * The same bfloat16 values bit for bit, most exponents in three bits: for unit rows about 11.2
   * bits a value.
   */
  BF16_PACKED("bf16-packed") {
    @Override
    public byte[] encode(float[] values, int dim) {
      return PackedRows.encode(values, rows(values.length, dim), dim);
    }

    @Override
    EmbeddingRows open(byte[] bytes, int dim) {
      return PackedRows.open(bytes, dim);
    }
  },

  /**
   * Unit rows, rounded to a grid of {@value QuantisedRows#STEPS} steps in 1/√dim and decoded to
   * unit length: at most 6 bits a value. The decoded row u' has |u' - u| ≤ 1/{@value
   * QuantisedRows#STEPS}/2 · 1.001 against the unit row u in the direction of what was given; that
   * bounds the error of its product with every unit vector.
   */
  UNIT_QUANTISED("unit-quantised") {
    @Override
    public byte[] encode(float[] values, int dim) {
      return QuantisedRows.encode(values, rows(values.length, dim), dim);
    }

    @Override
    EmbeddingRows open(byte[] bytes, int dim) {
      return QuantisedRows.open(bytes, dim);
    }
  };

  private final String id;

  EmbeddingEncoding(String id) {
    this.id = id;
  }

  /** The name in records and settings. */
  public String id() {
    return id;
  }

  /** The encoding of a name, if this program knows it. */
  public static Optional<EmbeddingEncoding> find(String id) {
    return Arrays.stream(values()).filter(encoding -> encoding.id.equals(id)).findFirst();
  }

  /**
   * The encoding of a name.
   *
   * @throws IllegalArgumentException when this program does not know it
   */
  public static EmbeddingEncoding of(String id) {
    return find(id)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected rows as "
                        + Arrays.stream(values())
                            .map(EmbeddingEncoding::id)
                            .collect(Collectors.joining(", "))
                        + ", got '"
                        + (id.length() <= 40 ? id : id.substring(0, 40) + "…")
                        + "'"));
  }

  /**
   * Encodes rows.
   *
   * @param values row-major
   * @param dim values of a row
   */
  public abstract byte[] encode(float[] values, int dim);

  /**
   * Opens rows of {@code dim} values; the buffer is not changed and may be used again.
   *
   * @throws IllegalArgumentException when the bytes are no such rows
   */
  public EmbeddingRows open(ByteBuffer bytes, int dim) {
    if (dim < 1) {
      throw new IllegalArgumentException("expected at least one value a row, got " + dim);
    }
    byte[] copy = new byte[bytes.remaining() + RowBits.SLACK];
    bytes.duplicate().get(copy, 0, bytes.remaining());
    try {
      return open(copy, dim);
    } catch (IndexOutOfBoundsException | ArithmeticException cut) {
      throw new IllegalArgumentException(id + " rows are cut off", cut);
    }
  }

  /**
   * Opens rows.
   *
   * @param bytes followed by {@link RowBits#SLACK} bytes; kept
   */
  abstract EmbeddingRows open(byte[] bytes, int dim);

  private static int rows(int values, int dim) {
    if (dim < 1 || values % dim != 0) {
      throw new IllegalArgumentException(
          "expected rows of %d values, got %d values".formatted(dim, values));
    }
    return values / dim;
  }
}
