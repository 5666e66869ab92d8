package org.everclip.formats.augment;

/**
 * An operation of RandAugment.
 *
 * @param magnitude in the unit of the kind, as stored: a float32 value widened to double
 */
public record Operation(Kind kind, double magnitude) {
  /** What is done, in the order of the numbers in stored parameters. */
  public enum Kind {
    IDENTITY(0, false),
    SHEAR_X(1, true),
    SHEAR_Y(2, true),
    TRANSLATE_X(3, true),
    TRANSLATE_Y(4, true),
    ROTATE(5, true),
    BRIGHTNESS(6, true),
    COLOR(7, true),
    CONTRAST(8, true),
    SHARPNESS(9, true),
    POSTERIZE(10, false),
    SOLARIZE(11, false),
    AUTO_CONTRAST(12, false),
    EQUALIZE(13, false);

    private final int index;
    private final boolean signed;

    Kind(int index, boolean signed) {
      this.index = index;
      this.signed = signed;
    }

    /** The number that stands for it in stored parameters. */
    int index() {
      return index;
    }

    /** Whether a magnitude may point either way. */
    boolean signed() {
      return signed;
    }
  }
}
