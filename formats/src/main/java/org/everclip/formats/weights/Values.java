package org.everclip.formats.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.everclip.formats.embedding.Bfloat16;

/** Stored values to Java's numbers and back; little-endian, densely packed, row-major. */
final class Values {
  private Values() {}

  /** Values in order, in pieces: whole values, little-endian. */
  interface Pieces {
    void forEach(Piece piece) throws IOException;
  }

  /** Takes one piece, from its position to its limit. */
  interface Piece {
    void accept(ByteBuffer values);
  }

  static float[] floats(TensorInfo info, Pieces pieces) throws IOException {
    Dtype type = expect(info, Dtype.F64, Dtype.F32, Dtype.F16, Dtype.BF16);
    float[] to = new float[count(info)];
    int[] at = {0};
    pieces.forEach(piece -> at[0] += toFloats(type, piece, to, at[0]));
    return to;
  }

  private static int toFloats(Dtype type, ByteBuffer from, float[] to, int at) {
    int count = from.remaining() / type.size();
    switch (type) {
      case F32 -> from.asFloatBuffer().get(to, at, count);
      case F16 -> Half.toFloats(from.asShortBuffer(), to, at, count);
      case BF16 -> Half.brainToFloats(from.asShortBuffer(), to, at, count);
      case F64 -> {
        for (int i = 0; i < count; i++) {
          to[at + i] = (float) from.getDouble(from.position() + 8 * i);
        }
      }
      default -> throw new AssertionError("unhandled " + type);
    }
    return count;
  }

  static double[] doubles(TensorInfo info, Pieces pieces) throws IOException {
    if (!info.dtype().equals(Dtype.F64.name())) {
      float[] narrow = floats(info, pieces);
      double[] wide = new double[narrow.length];
      Arrays.setAll(wide, i -> narrow[i]);
      return wide;
    }
    double[] to = new double[count(info)];
    int[] at = {0};
    pieces.forEach(
        piece -> {
          int count = piece.remaining() / Double.BYTES;
          piece.asDoubleBuffer().get(to, at[0], count);
          at[0] += count;
        });
    return to;
  }

  static long[] longs(TensorInfo info, Pieces pieces) throws IOException {
    Dtype type = expect(info, Dtype.I64, Dtype.I32, Dtype.I16, Dtype.I8, Dtype.U8, Dtype.BOOL);
    long[] to = new long[count(info)];
    int[] at = {0};
    pieces.forEach(
        piece -> {
          int count = piece.remaining() / type.size();
          for (int i = 0; i < count; i++) {
            to[at[0] + i] = toLong(type, piece, piece.position() + i * type.size());
          }
          at[0] += count;
        });
    return to;
  }

  private static long toLong(Dtype type, ByteBuffer from, int at) {
    return switch (type) {
      case I64 -> from.getLong(at);
      case I32 -> from.getInt(at);
      case I16 -> from.getShort(at);
      case I8 -> from.get(at);
      case U8, BOOL -> from.get(at) & 0xff;
      default -> throw new AssertionError("unhandled " + type);
    };
  }

  /**
   * Puts values at the buffer's position, rounded to nearest even.
   *
   * @throws IllegalArgumentException when a finite value has no finite neighbour in that type
   */
  static void put(Dtype type, float[] from, int start, int count, ByteBuffer to) {
    for (int i = start; i < start + count; i++) {
      switch (type) {
        case F32 -> to.putFloat(from[i]);
        case F16 -> to.putShort(finite(type, from[i], Half.fromFloat(from[i]), 0x7c00));
        case BF16 -> to.putShort(finite(type, from[i], Bfloat16.fromFloat(from[i]), 0x7f80));
        default -> throw new IllegalArgumentException("expected a float type, got " + type);
      }
    }
  }

  private static short finite(Dtype type, float value, short bits, int infinity) {
    if ((bits & 0x7fff) == infinity && Float.isFinite(value)) {
      throw new IllegalArgumentException(value + " is too large for " + type + "; store F32");
    }
    return bits;
  }

  static int count(TensorInfo info) {
    long elements = info.elements();
    if (elements > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor " + info + " has more values than a Java array can hold");
    }
    return (int) elements;
  }

  private static Dtype expect(TensorInfo info, Dtype... expected) {
    return Arrays.stream(expected)
        .filter(type -> type.name().equals(info.dtype()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected one of " + Arrays.toString(expected) + ", got tensor " + info));
  }

  static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
