package org.everclip.formats.augment;

/** Magnitudes of RandAugment's bins 0 to 30, in float32 as published (reference: section 3). */
final class Magnitudes {
  static final int BINS = 31;

  private Magnitudes() {}

  /** Returns the unsigned magnitude for a picture of this size after the crop. */
  static double of(Operation.Kind kind, int bin, int width, int height) {
    return switch (kind) {
      case IDENTITY, AUTO_CONTRAST, EQUALIZE -> 0;
      case SHEAR_X, SHEAR_Y -> linear(0, 0.3, bin);
      case TRANSLATE_X -> linear(0, 150.0 / 331.0 * width, bin);
      case TRANSLATE_Y -> linear(0, 150.0 / 331.0 * height, bin);
      case ROTATE -> linear(0, 30, bin);
      case BRIGHTNESS, COLOR, CONTRAST, SHARPNESS -> linear(0, 0.9, bin);
      case POSTERIZE -> 8 - Math.rint(bin / ((BINS - 1) / 4.0));
      case SOLARIZE -> linear(255, 0, bin);
    };
  }

  /** Evenly spaced float32 values, from the nearer end with one rounding, as torch.linspace. */
  private static double linear(double first, double last, int bin) {
    float start = (float) first;
    float end = (float) last;
    float step = (end - start) / (BINS - 1);
    return bin < BINS / 2 ? Math.fma(step, bin, start) : Math.fma(-step, BINS - 1 - bin, end);
  }
}
