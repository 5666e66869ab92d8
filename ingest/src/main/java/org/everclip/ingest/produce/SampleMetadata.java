package org.everclip.ingest.produce;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What the JSON beside a picture says, as img2dataset and DataComp write it.
 *
 * @param id {@code url}, or another naming field; null where none is
 * @param sha256 of the picture's bytes; null where it is not said or is of other bytes
 * @param attributes everything else that is short and plain
 */
record SampleMetadata(
    @Nullable String id,
    @Nullable String source,
    @Nullable String caption,
    @Nullable String sha256,
    @Nullable Instant eventTime,
    Map<String, String> attributes) {

  private static final int MAX_VALUE_CHARS = 1000;
  private static final int MAX_ATTRIBUTES = 40;
  private static final int MAX_NESTING = 64;
  private static final long MILLIS_FROM = 100_000_000_000L;
  private static final Set<String> OWN =
      Set.of("url", "source", "caption", "text", "sha256", "timestamp", "width", "height", "split");
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).build())
                  .build())
          .build();

  /** Nothing is said. */
  static final SampleMetadata NONE = new SampleMetadata(null, null, null, null, null, Map.of());

  SampleMetadata {
    attributes = Map.copyOf(attributes);
  }

  /** The metadata cannot be used; the message says why. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    Unusable(String message) {
      super(message, null, false, false);
    }
  }

  static SampleMetadata parse(byte[] json) throws Unusable {
    JsonNode node;
    try {
      node = JSON.readTree(json);
    } catch (IOException e) {
      throw new Unusable("not valid JSON: " + e.getMessage());
    }
    if (!(node instanceof ObjectNode object)) {
      throw new Unusable("expected a JSON object");
    }
    String id = first(object, "url", "id", "uid", "key");
    String caption = first(object, "caption", "text");
    String sha256 = first(object, "sha256");
    if (id == null && caption == null && sha256 == null) {
      throw new Unusable("none of url, id, uid, key, caption, text and sha256 is there");
    }
    // img2dataset hashes what it downloaded, which is not what it stores after resizing.
    boolean ofOtherBytes = object.has("original_width");
    return new SampleMetadata(
        id,
        first(object, "source"),
        caption,
        ofOtherBytes ? null : sha256,
        time(object.path("timestamp")),
        attributes(object));
  }

  private static @Nullable String first(ObjectNode object, String... names) {
    for (String name : names) {
      JsonNode value = object.path(name);
      if (value.isTextual() && !value.textValue().isEmpty()) {
        return value.textValue();
      }
    }
    return null;
  }

  /** ISO 8601, seconds or milliseconds; anything else counts as unknown. */
  private static @Nullable Instant time(JsonNode node) {
    try {
      if (node.isIntegralNumber()) {
        long value = node.longValue();
        return Math.abs(value) < MILLIS_FROM
            ? Instant.ofEpochSecond(value)
            : Instant.ofEpochMilli(value);
      }
      return node.isTextual() ? Instant.parse(node.textValue()) : null;
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** ISO 8601, seconds or milliseconds as text. */
  static @Nullable Instant time(@Nullable String text) {
    if (text == null) {
      return null;
    }
    return time(
        text.matches("-?[0-9]{1,18}")
            ? JSON.getNodeFactory().numberNode(Long.parseLong(text))
            : JSON.getNodeFactory().textNode(text));
  }

  private static Map<String, String> attributes(ObjectNode object) {
    var attributes = new HashMap<String, String>();
    object
        .properties()
        .forEach(
            entry -> {
              String value = plain(entry.getValue());
              if (value != null
                  && !OWN.contains(entry.getKey())
                  && entry.getKey().length() <= 100
                  && attributes.size() < MAX_ATTRIBUTES) {
                attributes.put(entry.getKey(), value);
              }
            });
    return attributes;
  }

  private static @Nullable String plain(JsonNode value) {
    String text = null;
    if (value.isTextual() || value.isNumber() || value.isBoolean()) {
      text = value.asText();
    } else if (value.isArray() && !value.isEmpty()) {
      var words = new StringJoiner(", ");
      for (JsonNode word : value) {
        if (!word.isTextual()) {
          return null;
        }
        words.add(word.textValue());
      }
      text = words.toString();
    }
    return text == null || text.length() > MAX_VALUE_CHARS ? null : text;
  }
}
