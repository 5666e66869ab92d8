package org.everclip.evaluation.holdout;

import org.everclip.contracts.Sha256;

/**
 * One content of a pair that was held out.
 *
 * @param partition of pairs.accepted, with the {@code offset} there
 * @param goneAt offset of the record that deleted or replaced it; -1 while it is there
 * @param image sha256 of the picture's bytes
 */
record HeldOut(
    String pairId,
    int partition,
    long offset,
    long goneAt,
    String period,
    String caption,
    String image) {

  /** Only that it was once there is kept of what is gone. */
  HeldOut goneAt(long offset) {
    return new HeldOut(pairId, partition, this.offset, offset, period, "", "");
  }

  HeldOut image(String sha256) {
    return new HeldOut(pairId, partition, offset, goneAt, period, caption, sha256);
  }

  boolean stillThere() {
    return goneAt < 0;
  }

  /** Was it there when the partition ended before {@code end}? */
  boolean wasThereBefore(long end) {
    return offset < end && (stillThere() || goneAt >= end);
  }

  /**
   * Unique; decides who is in a set that does not take everybody; independent of time and content.
   */
  String rank() {
    return Sha256.hex("frozen:" + pairId) + " " + offset;
  }
}
