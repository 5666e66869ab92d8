package org.everclip.formats.weights;

import java.util.Arrays;
import java.util.Optional;

/** The types of stored values, by the names of safetensors. */
public enum Dtype {
  F64(8, "DoubleStorage"),
  F32(4, "FloatStorage"),
  F16(2, "HalfStorage"),
  BF16(2, "BFloat16Storage"),
  I64(8, "LongStorage"),
  I32(4, "IntStorage"),
  I16(2, "ShortStorage"),
  I8(1, "CharStorage"),
  U8(1, "ByteStorage"),
  BOOL(1, "BoolStorage");

  private final int size;
  private final String storageClass;

  Dtype(int size, String storageClass) {
    this.size = size;
    this.storageClass = storageClass;
  }

  /** Bytes of one value. */
  public int size() {
    return size;
  }

  public boolean isFloat() {
    return this == F64 || this == F32 || this == F16 || this == BF16;
  }

  /** The class of torch that holds such values. */
  String storageClass() {
    return storageClass;
  }

  static Optional<Dtype> named(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }

  static Optional<Dtype> ofStorageClass(String name) {
    return Arrays.stream(values()).filter(type -> type.storageClass.equals(name)).findFirst();
  }
}
