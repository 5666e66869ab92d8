package org.everclip.formats.augment;

/**
 * An operation of RandAugment.
 *
 * @param magnitude in the unit of the kind, as stored: a float32 value widened to double
 */
public record Operation(Kind kind, double magnitude) {
  /** What is done; the order is the index in stored parameters. */
  public enum Kind {
    IDENTITY(false),
    SHEAR_X(true),
    SHEAR_Y(true),
    TRANSLATE_X(true),
    TRANSLATE_Y(true),
    ROTATE(true),
    BRIGHTNESS(true),
    COLOR(true),
    CONTRAST(true),
    SHARPNESS(true),
    POSTERIZE(false),
    SOLARIZE(false),
    AUTO_CONTRAST(false),
    EQUALIZE(false);

    private final boolean signed;

    Kind(boolean signed) {
      this.signed = signed;
    }

    /** Whether a magnitude may point either way. */
    boolean signed() {
      return signed;
    }
  }
}
