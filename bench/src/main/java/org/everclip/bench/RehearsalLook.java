package org.everclip.bench;

import java.util.ArrayList;
import java.util.List;
import org.everclip.trainer.offline.EmbeddingModel;
import org.everclip.trainer.offline.HeldOut;

/**
 * What a student knows of every period at one moment.
 *
 * @param round counted from 1
 * @param step of the round, counted from 1
 * @param hits1 by period, then by query: whether its match is first (pictures, then captions)
 * @param hits5 whether it is among the first five
 */
record RehearsalLook(int round, int step, List<boolean[]> hits1, List<boolean[]> hits5) {

  /** Asks a student for every held-out pair. */
  static RehearsalLook take(int round, int step, EmbeddingModel student, List<HeldOut> sets) {
    var hits1 = new ArrayList<boolean[]>();
    var hits5 = new ArrayList<boolean[]>();
    for (HeldOut set : sets) {
      hits1.add(set.hits(student, 1));
      hits5.add(set.hits(student, 5));
    }
    return new RehearsalLook(round, step, hits1, hits5);
  }

  List<boolean[]> hits(int k) {
    return k == 1 ? hits1 : hits5;
  }

  /** Recall of a period in percent, both directions averaged. */
  double recall(int k, int period) {
    boolean[] hits = hits(k).get(period);
    int count = 0;
    for (boolean hit : hits) {
      count += hit ? 1 : 0;
    }
    return 100.0 * count / hits.length;
  }

  /** The mean over all periods. */
  double mean(int k) {
    double sum = 0;
    for (int period = 0; period < hits1.size(); period++) {
      sum += recall(k, period);
    }
    return sum / hits1.size();
  }
}
