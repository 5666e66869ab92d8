package org.everclip.bench;

import java.util.ArrayList;
import java.util.List;
import org.everclip.bench.LearningLooks.Look;
import org.everclip.trainer.offline.HeldOut;

/** What is reported of a look: a mean over the sets that have it. */
enum LearningMeasure {
  RECALL_AT_1("recall@1"),
  RECALL_AT_5("recall@5"),
  ZERO_SHOT("zero-shot accuracy");

  private final String label;

  LearningMeasure(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  /** By set, whether each query was right; empty if the look has not all of the sets. */
  List<boolean[]> hits(Look look, List<HeldOut> sets) {
    var hits = new ArrayList<boolean[]>();
    for (HeldOut set : sets) {
      if (set.isClassification() == (this == ZERO_SHOT)) {
        boolean[] found =
            (this == RECALL_AT_5 ? look.top5() : look.top1())
                .getOrDefault(set.name(), new boolean[0]);
        if (found.length == 0) {
          return List.of();
        }
        hits.add(found);
      }
    }
    return hits;
  }
}
