package org.everclip.trainer.round;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that determines a round's batches, together with the stored pairs themselves. Kept as
 * JSON before the first step.
 *
 * @param layout version of this record's JSON
 * @param round counted from 1
 * @param firstStep steps of all earlier rounds together
 * @param from offsets per partition from which on pairs were new to this round
 * @param to offsets per partition up to which the store had read
 * @param newPairs ids, sorted; empty when the round only rehearses
 * @param rehearsal ids of past pairs by period
 * @param shares of the round's rehearsal samples by period, adding up to 1
 * @param batchSize pairs of every batch
 * @param rehearsalSlots how many of them are rehearsal
 * @param idleRounds how many rounds in a row, with this one, had no new pairs
 */
public record RoundPlan(
    int layout,
    String run,
    int round,
    long seed,
    String reinforcementVersion,
    SortedMap<Integer, Long> from,
    SortedMap<Integer, Long> to,
    List<String> newPairs,
    SortedMap<String, List<String>> rehearsal,
    SortedMap<String, Double> shares,
    int steps,
    long firstStep,
    int batchSize,
    int rehearsalSlots,
    boolean synthetic,
    boolean shuffleCaptions,
    int idleRounds) {

  /** The layout that this program writes and reads. */
  public static final int LAYOUT = 1;

  public RoundPlan {
    if (layout != LAYOUT) {
      throw new IllegalArgumentException(
          "the round plan has layout " + layout + ", but this program reads layout " + LAYOUT);
    }
    if (batchSize < 1 || rehearsalSlots < 0 || rehearsalSlots > batchSize || steps < 1) {
      throw new IllegalArgumentException(
          "a round needs steps and a batch, but has %d steps, %d pairs a batch, %d of them past"
              .formatted(steps, batchSize, rehearsalSlots));
    }
    newPairs = List.copyOf(newPairs);
    rehearsal = new TreeMap<>(rehearsal);
    rehearsal.replaceAll((period, ids) -> List.copyOf(ids));
    from = new TreeMap<>(from);
    to = new TreeMap<>(to);
    shares = new TreeMap<>(shares);
  }

  /** The share of the round's samples that is rehearsal. */
  public double replayShare() {
    return (double) rehearsalSlots / batchSize;
  }

  /** Shares of all samples: {@code new}, and each rehearsed period. */
  public Map<String, Double> sampleShares() {
    var all = new TreeMap<String, Double>();
    shares.forEach((period, share) -> all.put(period, share * replayShare()));
    if (!newPairs.isEmpty()) {
      all.put("new", 1 - replayShare());
    }
    return all;
  }
}
