package org.everclip.evaluation.judge;

import java.util.ArrayList;
import java.util.List;
import org.everclip.evaluation.metric.Classification;
import org.everclip.evaluation.metric.Interval;
import org.everclip.evaluation.metric.Metrics;
import org.everclip.evaluation.metric.Ranking;
import org.jspecify.annotations.Nullable;

/**
 * The second reading of a data set in which a class has an empty name (CLEVR Distance):
 * CLIP_benchmark 1.4.0, and with it the published figures of MobileCLIP S0, S1, S2 and B, drops the
 * name but no label, so later labels are compared with shifted columns and the last is never right.
 * Since 1.6.0 the name is kept, which is what the metrics without this suffix say.
 */
public final class BlankDropped {

  /** What the metrics' names end with. */
  public static final String SUFFIX = "_blank_dropped";

  private final int[] kept;
  private final Classification counts;

  private BlankDropped(int[] kept, int labels) {
    this.kept = kept;
    this.counts = new Classification(kept.length, labels);
  }

  /** The second reading, or null when every class has a name. */
  static @Nullable BlankDropped of(List<String> names) {
    var kept = new ArrayList<Integer>();
    for (int c = 0; c < names.size(); c++) {
      if (!names.get(c).isEmpty()) {
        kept.add(c);
      }
    }
    return kept.size() == names.size()
        ? null
        : new BlankDropped(kept.stream().mapToInt(Integer::intValue).toArray(), names.size());
  }

  void add(float[] cosines, int label) {
    float[] fewer = new float[kept.length];
    for (int k = 0; k < kept.length; k++) {
      fewer[k] = cosines[kept[k]];
    }
    counts.add(Ranking.of(fewer, label), label);
  }

  Metrics metrics() {
    Metrics plain = counts.metrics();
    var named = new Metrics.Builder();
    plain
        .values()
        .forEach(
            (name, value) ->
                named.put(
                    name + SUFFIX,
                    value,
                    plain.intervals().getOrDefault(name, new Interval(0, 1))));
    return named.build();
  }
}
