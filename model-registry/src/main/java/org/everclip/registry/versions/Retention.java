package org.everclip.registry.versions;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Which versions stay: those with an alias, their ancestors, the newest {@code last}, and the
 * {@code best} by the mean of their evaluation results. Pure.
 *
 * @param last at least 1, so that there is always a newest version
 */
public record Retention(int last, int best) {

  public Retention {
    if (last < 1 || best < 0) {
      throw new IllegalArgumentException("expected last >= 1 and best >= 0");
    }
  }

  /**
   * What the rule says of a model.
   *
   * @param keep why each version stays
   * @param retire oldest first
   */
  public record Plan(SortedMap<Integer, String> keep, List<Integer> retire) {}

  /**
   * Decides on the versions that are not retired yet.
   *
   * @param quality mean of a version's results on the tasks that count; empty when unmeasured
   */
  public Plan plan(ModelState model, IntFunction<OptionalDouble> quality) {
    List<Integer> live =
        IntStream.rangeClosed(1, model.versions().size())
            .filter(version -> !model.retired().contains(version))
            .boxed()
            .toList();
    var keep = new TreeMap<Integer, String>();
    model.aliases().forEach((alias, version) -> keep.merge(version, alias, (a, b) -> a + ", " + b));
    for (int aliased : List.copyOf(keep.keySet())) {
      for (Integer parent = parent(model, aliased);
          parent != null;
          parent = parent(model, parent)) {
        keep.putIfAbsent(parent, "ancestor of v" + aliased);
      }
    }
    live.subList(Math.max(0, live.size() - last), live.size())
        .forEach(version -> keep.putIfAbsent(version, "one of the newest " + last));
    live.stream()
        .filter(version -> quality.apply(version).isPresent())
        .sorted(
            Comparator.<Integer>comparingDouble(version -> quality.apply(version).orElseThrow())
                .reversed())
        .limit(best)
        .forEach(version -> keep.putIfAbsent(version, "one of the best " + best));
    keep.keySet().retainAll(live);
    var retire = new ArrayList<>(live);
    retire.removeAll(keep.keySet());
    return new Plan(keep, retire);
  }

  private static @org.jspecify.annotations.Nullable Integer parent(ModelState model, int version) {
    return model.versions().get(version - 1).manifest().parent();
  }
}
