package org.everclip.trainer.checkpoint;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Where training stands.
 *
 * @param layout version of the checkpoint's layout
 * @param step steps done in all rounds; skipped ones count
 * @param round the round in progress or just ended
 * @param stepInRound steps done in it
 * @param skipped steps of this round, counted from 0, whose batches were quarantined
 * @param losses the newest losses of this round, against which a spike is judged
 */
public record Position(
    int layout,
    String run,
    long step,
    int round,
    int stepInRound,
    SortedSet<Integer> skipped,
    List<Double> losses) {

  /** The layout that this program writes and reads. */
  public static final int LAYOUT = 1;

  public Position {
    if (layout != LAYOUT) {
      throw new IllegalArgumentException(
          "the checkpoint has layout " + layout + ", but this program reads layout " + LAYOUT);
    }
    skipped = new TreeSet<>(skipped);
    losses = List.copyOf(losses);
  }
}
