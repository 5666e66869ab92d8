package org.everclip.ingest.produce;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What shards of a reinforced set do not say themselves.
 *
 * @param teachers the teachers' names to the lengths of their rows, in the order of the columns
 * @param originals shards with the pictures and captions of the same keys, one for each; null: they
 *     are in the shards themselves
 */
public record ReinforcedSet(Map<String, Integer> teachers, @Nullable String originals) {

  /** The teachers of the published DataCompDR sets, in the order of the columns. */
  public static final String PUBLISHED_TEACHERS =
      "ViT-L-14/openai:768,ViT-L-14/datacomp_xl_s13b_b90k:768";

  public ReinforcedSet {
    teachers = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(teachers));
  }

  /** Everything as in the published sets. */
  public static ReinforcedSet published() {
    try {
      return of(PUBLISHED_TEACHERS, null);
    } catch (Sources.UnknownSourceException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Reads teachers as the command line names them.
   *
   * @param teachers {@code NAME:DIM,NAME:DIM}
   */
  public static ReinforcedSet of(String teachers, @Nullable String originals)
      throws Sources.UnknownSourceException {
    var dimensions = new LinkedHashMap<String, Integer>();
    for (String teacher : teachers.split(",", -1)) {
      int colon = teacher.lastIndexOf(':');
      String dim = teacher.substring(colon + 1);
      if (colon < 1
          || !dim.matches("[1-9][0-9]{0,3}")
          || dimensions.put(teacher.substring(0, colon), Integer.valueOf(dim)) != null) {
        throw new Sources.UnknownSourceException(
            "expected different teachers as NAME:DIM,NAME:DIM, such as "
                + PUBLISHED_TEACHERS
                + ", but got '"
                + teachers
                + "'");
      }
    }
    return new ReinforcedSet(dimensions, originals);
  }

  List<Integer> dimensions() {
    return new ArrayList<>(teachers.values());
  }
}
