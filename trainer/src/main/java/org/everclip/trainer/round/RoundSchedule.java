package org.everclip.trainer.round;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.everclip.trainer.replay.Rank;

/**
 * The pairs of every batch of a round, computed from the plan alone. No pair occurs twice in a
 * batch (it would be its own negative); within an epoch of the new pairs, or of a period's past
 * pairs, each occurs once. Immutable.
 */
public final class RoundSchedule {

  private final List<List<String>> batches;

  private RoundSchedule(List<List<String>> batches) {
    this.batches = batches;
  }

  /** Deals all batches of the plan. */
  public static RoundSchedule of(RoundPlan plan) {
    var fresh = deck(plan, "new", plan.newPairs());
    var past = new TreeMap<String, Deck>();
    plan.rehearsal().forEach((period, ids) -> past.put(period, deck(plan, "past/" + period, ids)));
    var owed = new TreeMap<String, Double>();
    var batches = new ArrayList<List<String>>(plan.steps());
    for (int step = 0; step < plan.steps(); step++) {
      var hand = new LinkedHashSet<String>();
      for (int slot = 0; slot < plan.rehearsalSlots(); slot++) {
        dealPast(plan, past, owed, hand);
      }
      boolean dealt = true;
      while (dealt && hand.size() < plan.batchSize()) {
        dealt = fresh.deal(hand) != null;
      }
      batches.add(List.copyOf(hand));
    }
    return new RoundSchedule(List.copyOf(batches));
  }

  /** Ids of the pairs of a step, counted from 0 within the round. */
  public List<String> batch(int step) {
    return batches.get(step);
  }

  private static Deck deck(RoundPlan plan, String name, List<String> ids) {
    return new Deck(ids, new Random(Rank.of(plan.seed(), plan.round() + "/" + name)));
  }

  /** Each slot goes to the period that is owed most, so that shares hold at every step. */
  private static void dealPast(
      RoundPlan plan, Map<String, Deck> past, Map<String, Double> owed, Set<String> hand) {
    plan.shares().forEach((period, share) -> owed.merge(period, share, Double::sum));
    var byDebt = new ArrayList<>(owed.entrySet());
    byDebt.sort(
        Map.Entry.<String, Double>comparingByValue().reversed().thenComparing(Map.Entry::getKey));
    for (var period : byDebt) {
      Deck deck = past.get(period.getKey());
      if (deck != null && deck.deal(hand) != null) {
        period.setValue(period.getValue() - 1);
        return;
      }
    }
  }
}
