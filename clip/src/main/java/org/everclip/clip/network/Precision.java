package org.everclip.clip.network;

import java.util.Locale;

/** The data type of convolutions and matrix products; weights, norms and results stay float32. */
public enum Precision {
  FP32,
  /** bfloat16 products in channels-last layout. */
  BF16;

  /**
   * The precision that a setting names.
   *
   * @param setting {@code fp32}, {@code bf16}, or {@code auto}: bfloat16 where the processor has
   *     instructions for it, float32 elsewhere (without them bfloat16 is 5 to 50 times slower)
   * @throws IllegalArgumentException for any other name
   */
  public static Precision named(String setting) {
    return switch (setting.toLowerCase(Locale.ROOT)) {
      case "auto" -> ProcessorFeatures.ofThisMachine().bfloat16() ? BF16 : FP32;
      case "fp32" -> FP32;
      case "bf16" -> BF16;
      default ->
          throw new IllegalArgumentException(
              "precision must be auto, fp32 or bf16, but is '" + setting + "'");
    };
  }

  /** The name that settings use: {@code fp32} or {@code bf16}. */
  public String setting() {
    return name().toLowerCase(Locale.ROOT);
  }
}
