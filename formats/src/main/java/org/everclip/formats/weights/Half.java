package org.everclip.formats.weights;

import java.nio.ShortBuffer;

/** Widening of the two 16-bit float types. */
final class Half {
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
