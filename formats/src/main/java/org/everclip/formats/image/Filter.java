package org.everclip.formats.image;

/** How a picture is resampled; both widen with the scale, so that shrinking does not alias. */
public enum Filter {
  BILINEAR(1),
  /** Keys' cubic with a = -0.5. */
  BICUBIC(2);

  private static final double A = -0.5;

  private final double support;

  Filter(double support) {
    this.support = support;
  }

  /** Half the width of the kernel in source pixels when nothing is shrunk. */
  double support() {
    return support;
  }

  double weight(double distance) {
    double t = Math.abs(distance);
    if (this == BILINEAR) {
      return t < 1 ? 1 - t : 0;
    }
    if (t < 1) {
      return ((A + 2) * t - (A + 3)) * t * t + 1;
    }
    return t < 2 ? (((t - 5) * t + 8) * t - 4) * A : 0;
  }
}
