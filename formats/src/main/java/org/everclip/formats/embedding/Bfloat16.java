package org.everclip.formats.embedding;

/**
 * bfloat16: the upper half of a float32, rounded to nearest even; little-endian on disk and wire.
 * Decoding is exact, so what was encoded once stays bit-equal.
 */
public final class Bfloat16 {
  private Bfloat16() {}

  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }

  public static float toFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** Two bytes a value. */
  public static byte[] encode(float[] values) {
    byte[] bytes = new byte[Math.multiplyExact(2, values.length)];
    for (int i = 0; i < values.length; i++) {
      short half = fromFloat(values[i]);
      bytes[2 * i] = (byte) half;
      bytes[2 * i + 1] = (byte) (half >> 8);
    }
    return bytes;
  }

  public static float[] decode(byte[] bytes) {
    if (bytes.length % 2 != 0) {
      throw new IllegalArgumentException(
          "expected two bytes a bfloat16 value, got an odd number of bytes: " + bytes.length);
    }
    float[] values = new float[bytes.length / 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = toFloat((short) ((bytes[2 * i] & 0xff) | bytes[2 * i + 1] << 8));
    }
    return values;
  }
}
