package org.everclip.dashboard.search;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.formats.embedding.Bfloat16;

/**
 * The pairs nearest to a query among those that the page keeps, by the cosine of the query with the
 * mean of the vectors that the teacher stored for the picture's views. Vectors of another space are
 * never compared. The kept pairs are few thousands, so all are looked at: what arrives is found at
 * once, what is deleted is not found any more. Thread-safe.
 */
public final class StreamSearch {

  private static final String BFLOAT16 = "bf16";

  /** A pair and its cosine with the query. */
  public record Hit(ReinforcedPair pair, double similarity) {}

  /**
   * What was found.
   *
   * @param space id of the teacher in whose space was searched
   * @param searched pairs that have vectors of this space
   * @param kept pairs that the page keeps
   */
  public record Result(String space, int searched, int kept, List<Hit> hits) {}

  private final ReadModel model;
  private final QueryTowers towers;

  public StreamSearch(ReadModel model, QueryTowers towers) {
    this.model = model;
    this.towers = towers;
  }

  /** Nearest first. */
  public Result byText(String text, int limit) {
    return nearest(towers.spaceId(), towers.text(text), limit);
  }

  /** Nearest first. */
  public Result byImage(byte[] encoded, int limit) {
    return nearest(towers.spaceId(), towers.image(encoded), limit);
  }

  private Result nearest(String space, float[] query, int limit) {
    List<ReinforcedPair> kept = model.samples();
    var hits = new ArrayList<Hit>();
    var spaces = new TreeSet<String>();
    for (ReinforcedPair pair : kept) {
      for (TeacherEmbedding embedding : pair.getTeacherEmbeddings()) {
        spaces.add(embedding.getTeacherId());
        if (embedding.getTeacherId().equals(space)
            && embedding.getEncoding().equals(BFLOAT16)
            && embedding.getDim() == query.length) {
          hits.add(new Hit(pair, cosine(embedding, query)));
        }
      }
    }
    if (hits.isEmpty() && !spaces.isEmpty()) {
      throw new SearchUnavailableException(
          "no kept pair has vectors of "
              + space
              + ", theirs are of "
              + String.join(", ", spaces)
              + "; dashboard.searchModel must name one of these teachers");
    }
    hits.sort(Comparator.comparingDouble(Hit::similarity).reversed());
    return new Result(
        space,
        hits.size(),
        kept.size(),
        List.copyOf(hits.subList(0, Math.min(limit, hits.size()))));
  }

  /** With the mean of the rows; -1 when there is none. */
  private static double cosine(TeacherEmbedding embedding, float[] query) {
    byte[] bytes = new byte[embedding.getImage().remaining() & ~1];
    embedding.getImage().duplicate().get(bytes);
    float[] rows = Bfloat16.decode(bytes);
    double product = 0;
    double square = 0;
    for (int i = 0; i < query.length; i++) {
      double sum = 0;
      for (int at = i; at < rows.length; at += query.length) {
        sum += rows[at];
      }
      product += sum * query[i];
      square += sum * sum;
    }
    return square > 0 ? product / Math.sqrt(square) : -1;
  }
}
