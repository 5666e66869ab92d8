package org.everclip.reinforce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.TreeMap;
import org.everclip.contracts.Sha256;
import org.everclip.formats.embedding.EmbeddingEncoding;

/**
 * The name of everything that has an influence on a reinforcement: the first 16 hex digits of the
 * SHA-256 of a canonical JSON (keys sorted, no blanks) of the models' hashes and the recipe. Paths
 * do not count, the order of the teachers does.
 */
final class ReinforcementVersion {

  private static final int HEX_DIGITS = 16;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();

  private ReinforcementVersion() {}

  /**
   * The version.
   *
   * @param imageSize pixels that drawn translations refer to
   * @param precision of the model calls: a captioner in another precision may choose other words
   */
  static String of(
      Recipe recipe,
      String captionerSha256,
      List<String> teacherSha256,
      int imageSize,
      String precision) {
    var facts = new TreeMap<String, Object>();
    facts.put("captioner", captionerSha256);
    facts.put("decoding", recipe.captioner().decoding());
    facts.put("teachers", teacherSha256);
    facts.put("captionsPerImage", recipe.captionsPerImage());
    facts.put("augmentationsPerImage", recipe.augmentationsPerImage());
    facts.put("augmentation", recipe.augmentation());
    facts.put("imageSize", imageSize);
    facts.put("seed", recipe.seed());
    facts.put("precision", precision);
    if (recipe.embeddings() == EmbeddingEncoding.UNIT_QUANTISED) { // the others hold the same bits
      facts.put("embeddings", recipe.embeddings().id());
    }
    try {
      return Sha256.hex(JSON.writeValueAsString(facts)).substring(0, HEX_DIGITS);
    } catch (JsonProcessingException e) {
      throw new AssertionError("plain records are JSON", e);
    }
  }
}
