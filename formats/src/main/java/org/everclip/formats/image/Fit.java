package org.everclip.formats.image;

/** How a picture that is not square becomes one. */
public enum Fit {
  /** The shorter side is scaled to the size and the middle is cut out. */
  CENTER_CROP,
  /** The longer side is scaled to the size and the picture is centred on white. */
  PAD_WHITE
}
