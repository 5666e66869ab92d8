package org.everclip.dashboard.feed;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.embedding.Bfloat16;
import org.everclip.formats.embedding.EmbeddingEncoding;

/**
 * The vectors of the newest pairs, each under the id of the teacher in whose space it lies: the
 * mean over a picture's views, of length 1, as bfloat16 (two bytes a value). What arrives is found
 * at once, what is deleted is gone, and beyond the limit the oldest go. Thread-safe.
 */
public final class Vectors {

  /** Where a pair's record lies in {@code pairs.reinforced}. */
  public record Place(int partition, long offset) {}

  /** A pair and its cosine with the query. */
  public record Near(String pairId, double similarity) {}

  private record Entry(Place place, Map<String, byte[]> bySpace) {}

  private final int limit;
  private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>();

  Vectors(int limit) {
    this.limit = limit;
  }

  synchronized void put(ReinforcedPair pair, Place place) {
    var bySpace = new TreeMap<String, byte[]>();
    for (TeacherEmbedding embedding : pair.getTeacherEmbeddings()) {
      float[] mean = mean(embedding);
      if (mean.length > 0) {
        bySpace.put(embedding.getTeacherId(), Bfloat16.encode(mean));
      }
    }
    String pairId = pair.getPair().getPairId();
    entries.remove(pairId);
    entries.put(pairId, new Entry(place, bySpace));
    if (entries.size() > limit) {
      entries.remove(entries.keySet().iterator().next());
    }
  }

  synchronized void remove(String pairId) {
    entries.remove(pairId);
  }

  /** Where a pair lies, while it is among the newest. */
  public synchronized java.util.Optional<Place> place(String pairId) {
    return java.util.Optional.ofNullable(entries.get(pairId)).map(Entry::place);
  }

  public synchronized int size() {
    return entries.size();
  }

  /** Ids of the spaces that vectors lie in. */
  public synchronized Set<String> spaces() {
    var spaces = new TreeSet<String>();
    entries.values().forEach(entry -> spaces.addAll(entry.bySpace().keySet()));
    return spaces;
  }

  /** All pairs with a vector of this space and of the query's length, nearest first. */
  public synchronized List<Near> nearest(String space, float[] query) {
    var found = new ArrayList<Near>();
    entries.forEach(
        (pairId, entry) -> {
          byte[] vector = entry.bySpace().get(space);
          if (vector != null && vector.length == 2 * query.length) {
            found.add(new Near(pairId, cosine(vector, query)));
          }
        });
    found.sort((a, b) -> Double.compare(b.similarity(), a.similarity()));
    return found;
  }

  private static double cosine(byte[] vector, float[] query) {
    float[] values = Bfloat16.decode(vector);
    double product = 0;
    double square = 0;
    for (int i = 0; i < query.length; i++) {
      product += values[i] * query[i];
      square += values[i] * values[i];
    }
    return square > 0 ? product / Math.sqrt(square) : -1;
  }

  /** Of the rows; empty when there is none, none that can be read, or it is no direction. */
  private static float[] mean(TeacherEmbedding embedding) {
    int dim = embedding.getDim();
    float[] rows;
    try {
      rows = EmbeddingEncoding.of(embedding.getEncoding()).open(embedding.getImage(), dim).values();
    } catch (IllegalArgumentException damaged) {
      return new float[0];
    }
    float[] mean = new float[dim];
    int whole = rows.length / dim * dim;
    for (int i = 0; i < whole; i++) {
      mean[i % dim] += rows[i];
    }
    double square = 0;
    for (float value : mean) {
      square += value * value;
    }
    if (!(square > 0) || !Double.isFinite(square)) {
      return new float[0];
    }
    float scale = (float) (1 / Math.sqrt(square));
    for (int i = 0; i < dim; i++) {
      mean[i] *= scale;
    }
    return mean;
  }
}
