package org.everclip.dashboard.search;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.everclip.dashboard.feed.Vectors;
import org.jspecify.annotations.Nullable;

/**
 * The pairs nearest to a query, in the space of each teacher: the query goes through that teacher's
 * own towers and meets only vectors that the same teacher stored. Cosines of different spaces are
 * not comparable, so over several spaces pairs are ordered by reciprocal rank fusion (Cormack,
 * Clarke and Buettcher 2009: the sum of 1 / (60 + rank)). All vectors are looked at: what arrives
 * is found at once. Thread-safe.
 */
public final class StreamSearch {

  private static final int FUSION = 60;

  /**
   * A space that was searched, or why it was not.
   *
   * @param searched vectors of the space
   * @param trouble empty when it was searched
   */
  public record Space(String id, int searched, String trouble) {}

  /** A pair with its cosine in each searched space that has its vector. */
  public record Hit(String pairId, Map<String, Double> similarities) {}

  /**
   * What was found.
   *
   * @param kept pairs whose vectors are kept
   */
  public record Result(List<Space> spaces, int kept, List<Hit> hits) {}

  private final Vectors vectors;
  private final List<? extends QueryTowers> teachers;

  /** Over these vectors, with these teachers' towers. */
  public StreamSearch(Vectors vectors, List<? extends QueryTowers> teachers) {
    this.vectors = vectors;
    this.teachers = List.copyOf(teachers);
  }

  /**
   * Nearest first.
   *
   * @param space id of the only space to search; null for all
   * @throws SearchUnavailableException when no space can be searched
   */
  public Result byText(String text, @Nullable String space, int limit) {
    return nearest(towers -> towers.text(text), space, limit);
  }

  /**
   * Nearest first.
   *
   * @param space id of the only space to search; null for all
   * @throws IllegalArgumentException when the bytes are no picture that the gate would take
   * @throws SearchUnavailableException when no space can be searched
   */
  public Result byImage(byte[] encoded, @Nullable String space, int limit) {
    return nearest(towers -> towers.image(encoded), space, limit);
  }

  private Result nearest(Function<QueryTowers, float[]> query, @Nullable String wanted, int limit) {
    if (teachers.isEmpty()) {
      throw new SearchUnavailableException(
          "search is off; dashboard.searchModels names the recipe's teachers");
    }
    var spaces = new ArrayList<Space>();
    var found = new TreeMap<String, List<Vectors.Near>>();
    for (QueryTowers towers : teachers) {
      String id = towers.name();
      try {
        id = towers.spaceId();
        if (wanted == null || wanted.equals(id)) {
          List<Vectors.Near> near = vectors.nearest(id, query.apply(towers));
          spaces.add(new Space(id, near.size(), near.isEmpty() ? empty(id) : ""));
          found.put(id, near);
        }
      } catch (SearchUnavailableException e) {
        spaces.add(new Space(id, 0, String.valueOf(e.getMessage())));
      }
    }
    if (found.isEmpty()) {
      throw new SearchUnavailableException(
          spaces.isEmpty()
              ? "there is no space '" + wanted + "'; vectors are of " + vectors.spaces()
              : spaces.stream().map(Space::trouble).reduce((a, b) -> a + "; " + b).orElseThrow());
    }
    return new Result(spaces, vectors.size(), fused(found, limit));
  }

  private String empty(String id) {
    return vectors.spaces().isEmpty()
        ? ""
        : "no kept pair has vectors of " + id + ", theirs are of " + vectors.spaces();
  }

  private static List<Hit> fused(Map<String, List<Vectors.Near>> bySpace, int limit) {
    var scores = new HashMap<String, Double>();
    var similarities = new HashMap<String, Map<String, Double>>();
    bySpace.forEach(
        (space, near) -> {
          for (int rank = 0; rank < near.size(); rank++) {
            Vectors.Near hit = near.get(rank);
            scores.merge(hit.pairId(), 1.0 / (FUSION + rank + 1), Double::sum);
            similarities
                .computeIfAbsent(hit.pairId(), id -> new TreeMap<>())
                .put(space, hit.similarity());
          }
        });
    return scores.entrySet().stream()
        .sorted(
            Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(limit)
        .map(entry -> new Hit(entry.getKey(), similarities.getOrDefault(entry.getKey(), Map.of())))
        .toList();
  }
}
