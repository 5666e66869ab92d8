package org.everclip.trainer.replay;

/**
 * What became of some arrivals.
 *
 * @param stored new or newer trainable pairs
 * @param holdout pairs of the holdout split: counted, never stored
 * @param deleted pairs removed by a tombstone
 * @param known repetitions and revisions older than the stored one
 */
public record Arrivals(int stored, int holdout, int deleted, int known) {

  /** The sum of both. */
  public Arrivals plus(Arrivals other) {
    return new Arrivals(
        stored + other.stored,
        holdout + other.holdout,
        deleted + other.deleted,
        known + other.known);
  }
}
