package org.everclip.contracts;

import org.everclip.contracts.avro.Split;

/**
 * Decides the split of a stored image by its salted hash: the same picture is on the same side for
 * ever, whoever sends it. A producer may force the holdout, never the training split.
 *
 * @param salt changing it changes every assignment; set once per installation
 * @param holdoutShare 0..1
 */
public record SplitRule(String salt, double holdoutShare) {

  public SplitRule {
    if (!(holdoutShare >= 0 && holdoutShare <= 1)) {
      throw new IllegalArgumentException(
          "gate.holdoutShare must be between 0 and 1, but is " + holdoutShare);
    }
  }

  /** The split of the image with this SHA-256 (of the stored bytes). */
  public Split split(String imageSha256, boolean forcedHoldout) {
    if (forcedHoldout) {
      return Split.HOLDOUT;
    }
    long bits = Long.parseUnsignedLong(Sha256.hex(salt + ":" + imageSha256).substring(0, 13), 16);
    return bits / (double) (1L << 52) < holdoutShare ? Split.HOLDOUT : Split.TRAIN;
  }
}
