package org.everclip.trainer.round;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.everclip.trainer.replay.Rank;

/**
 * How past periods share the rehearsal of a round: the cumulative methods of TiC-CLIP (Garg et al.,
 * ICLR 2024, arXiv 2310.16226).
 */
public enum Rehearsal {
  /** Only new pairs ("sequential"). */
  NONE,
  /** New and past pairs alike: every stored pair is as likely as any other. */
  ALL,
  /** Each period gets half of what the next newer one gets. */
  EXP,
  /** Each period gets the same. */
  EQUAL;

  /** The policy that {@code trainer.replay} names. */
  public static Rehearsal of(String name) {
    for (Rehearsal policy : values()) {
      if (policy.name().equals(name.toUpperCase(Locale.ROOT))) {
        return policy;
      }
    }
    throw new IllegalArgumentException(
        "trainer.replay must be none, all, exp or equal, but is " + name);
  }

  /** Rehearsal slots of a batch: the configured share, except where all pairs are alike. */
  int slots(int batch, double share, int fresh, int past) {
    if (this == NONE || past == 0) {
      return 0;
    }
    double wanted = this == ALL ? (double) past / (past + fresh) : share;
    int slots = fresh == 0 ? batch : (int) Math.round(batch * wanted);
    return Math.min(past, Math.max(slots, batch - fresh));
  }

  /** Each period's share; periods sort by time. */
  SortedMap<String, Double> shares(Map<String, List<String>> past) {
    var weights = new TreeMap<String, Double>();
    double weight = 1;
    for (var period : new TreeMap<>(past).descendingMap().entrySet()) {
      weights.put(
          period.getKey(),
          switch (this) {
            case NONE -> 0.0;
            case ALL -> (double) period.getValue().size();
            case EXP -> weight;
            case EQUAL -> 1.0;
          });
      weight /= 2;
    }
    double sum = weights.values().stream().mapToDouble(Double::doubleValue).sum();
    weights.replaceAll((period, value) -> sum == 0 ? 0 : value / sum);
    return weights;
  }

  /** Draws as many pairs of a period as its share of the samples can use, at random by rank. */
  static List<String> draw(List<String> ids, long samples, long seed) {
    var ranked = new ArrayList<>(ids);
    ranked.sort(Comparator.<String>comparingLong(id -> Rank.of(seed, id)).thenComparing(id -> id));
    var drawn = ranked.subList(0, (int) Math.min(ids.size(), samples));
    return drawn.stream().sorted().toList();
  }
}
