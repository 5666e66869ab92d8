package org.everclip.formats.datacompdr;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a shard of ours says about a pair beyond the published layout, so that it can become the
 * same pair again: the object {@value #FIELD} in the member {@code json}, which other programs pass
 * over.
 *
 * @param eventTime ISO 8601
 * @param captioners for each synthetic caption, in their order
 * @param decodings JSON of the decoding for each synthetic caption
 * @param teachers in the order of the columns
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PairFacts(
    @Nullable String externalId,
    String source,
    int revision,
    String period,
    String split,
    @Nullable String eventTime,
    Map<String, String> attributes,
    String reinforcementVersion,
    float qualityScore,
    List<String> captioners,
    List<String> decodings,
    List<Teacher> teachers) {

  /** A teacher and the values of its rows. */
  public record Teacher(String id, int dim) {}

  /** The object's name. */
  public static final String FIELD = "everclip";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .build();

  public PairFacts {
    if (source == null
        || split == null
        || captioners == null
        || decodings == null
        || teachers == null) {
      throw new IllegalArgumentException(
          "expected source, split, captioners, decodings and teachers in " + FIELD);
    }
    attributes = attributes == null ? Map.of() : Map.copyOf(attributes);
    captioners = List.copyOf(captioners);
    decodings = List.copyOf(decodings);
    teachers = List.copyOf(teachers);
    if (captioners.size() != decodings.size() || teachers.isEmpty()) {
      throw new IllegalArgumentException(
          "expected a captioner and a decoding of each caption, and teachers, in " + FIELD);
    }
  }

  /**
   * The whole member {@code json}.
   *
   * @param uid names the pair
   * @param sha256 of the stored picture
   */
  public String json(String uid, String sha256) {
    ObjectNode root = JSON.createObjectNode();
    root.put("uid", uid);
    root.put("sha256", sha256);
    root.set(FIELD, JSON.valueToTree(this));
    try {
      return JSON.writeValueAsString(root);
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException("plain records are JSON", impossible);
    }
  }

  /**
   * The facts in a member {@code json}; empty where there are none.
   *
   * @throws IllegalArgumentException when there are, but not as they are written here
   */
  public static Optional<PairFacts> parse(byte[] json) {
    try {
      JsonNode facts = JSON.readTree(json).path(FIELD);
      return facts.isObject()
          ? Optional.of(JSON.treeToValue(facts, PairFacts.class))
          : Optional.empty();
    } catch (java.io.IOException broken) {
      throw new IllegalArgumentException(
          "the facts under " + FIELD + " cannot be read: " + broken.getMessage(), broken);
    }
  }
}
