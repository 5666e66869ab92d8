package org.everclip.evaluation.promotion;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.everclip.evaluation.TaskOutcome.Judgement;

/**
 * Samples on which two versions differ: negative = the old one was right and the new one is wrong,
 * positive = the other way round. Only samples judged for both count.
 */
public record Flips(int shared, int negative, int positive) {

  /** Flips on one task. */
  public static Flips between(List<Judgement> old, List<Judgement> candidate) {
    Map<String, Boolean> before = new HashMap<>();
    old.forEach(judgement -> before.put(judgement.key(), judgement.right()));
    int shared = 0;
    int negative = 0;
    int positive = 0;
    for (Judgement judgement : candidate) {
      Boolean was = before.get(judgement.key());
      if (was == null) {
        continue;
      }
      shared++;
      if (was && !judgement.right()) {
        negative++;
      } else if (!was && judgement.right()) {
        positive++;
      }
    }
    return new Flips(shared, negative, positive);
  }

  public Flips plus(Flips other) {
    return new Flips(shared + other.shared, negative + other.negative, positive + other.positive);
  }

  /** Share of shared samples that became wrong. */
  public double negativeRate() {
    return shared == 0 ? 0 : (double) negative / shared;
  }
}
