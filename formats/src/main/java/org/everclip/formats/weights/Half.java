package org.everclip.formats.weights;

import java.nio.ShortBuffer;

/** The two 16-bit float types: IEEE 754 binary16, and the upper half of a float32. */
final class Half {
  private static final int INFINITY = 0x7c00;
  private static final float TOO_LARGE = 65520;
  private static final float SMALLEST_NORMAL = 0x1p-14f;

  private Half() {}

  /** IEEE 754 binary16. */
  static float toFloat(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = bits >> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent + 127 - 15;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }

  /** To nearest, ties to even. */
  static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | INFINITY | 0x200 | bits >> 13 & 0x1ff);
    }
    if (magnitude >= TOO_LARGE) {
      return (short) (sign | INFINITY);
    }
    if (magnitude < SMALLEST_NORMAL) {
      return (short) (sign | (int) Math.rint(magnitude * 0x1p24f));
    }
    int half = (bits & 0x7fffffff) - (127 - 15 << 23);
    return (short) (sign | half + 0xfff + (half >>> 13 & 1) >>> 13);
  }

  static void toFloats(ShortBuffer from, float[] to, int at, int count) {
    for (int i = 0; i < count; i++) {
      to[at + i] = toFloat(from.get(i));
    }
  }

  static void brainToFloats(ShortBuffer from, float[] to, int at, int count) {
    for (int i = 0; i < count; i++) {
      to[at + i] = Float.intBitsToFloat(from.get(i) << 16);
    }
  }
}
