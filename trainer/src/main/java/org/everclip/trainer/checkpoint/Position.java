package org.everclip.trainer.checkpoint;

import java.util.ArrayList;
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
 * @param curve a thinned curve of this round
 * @param spent what this round has cost
 */
public record Position(
    int layout,
    String run,
    long step,
    int round,
    int stepInRound,
    SortedSet<Integer> skipped,
    List<Double> losses,
    List<CurvePoint> curve,
    Spent spent) {

  /** The layout that this program writes and reads. */
  public static final int LAYOUT = 3;

  public Position {
    if (layout != LAYOUT) {
      throw new IllegalArgumentException(
          "the checkpoint has layout " + layout + ", but this program reads layout " + LAYOUT);
    }
    skipped = new TreeSet<>(skipped);
    losses = List.copyOf(losses);
    curve = List.copyOf(curve);
  }

  /** The beginning of a round. */
  public static Position atStart(String run, long step, int round) {
    return new Position(
        LAYOUT, run, step, round, 0, new TreeSet<>(), List.of(), List.of(), Spent.NOTHING);
  }

  /** One step further. */
  public Position next(List<Double> newLosses) {
    return new Position(
        layout, run, step + 1, round, stepInRound + 1, skipped, newLosses, curve, spent);
  }

  /** The same place with one more point of the curve. */
  public Position with(CurvePoint point) {
    var longer = new ArrayList<>(curve);
    longer.add(point);
    return new Position(layout, run, step, round, stepInRound, skipped, losses, longer, spent);
  }

  /** The same place after more has been spent. */
  public Position with(Spent more) {
    return new Position(
        layout, run, step, round, stepInRound, skipped, losses, curve, spent.plus(more));
  }
}
