package org.everclip.contracts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.PairOperation;
import org.jspecify.annotations.Nullable;

/**
 * Reads the untrusted values of pairs.raw: Confluent Avro (first byte 0) or JSON (first byte {@code
 * {}) with the image in base64. Everything else is a {@link MalformedRecordException} with a reason
 * that a producer can act on. Thread-safe.
 */
public final class RawPairCodec {

  private static final Set<String> FIELDS =
      Set.of(
          "externalId",
          "image",
          "url",
          "caption",
          "source",
          "eventTime",
          "attributes",
          "holdout",
          "operation");
  private static final int MAX_JSON_STRING = 6 << 20;

  private final RecordCodec<ImageTextPair> avro;
  private final JsonMapper json;

  public RawPairCodec(SchemaRegistryClient registry) {
    this.avro = RecordCodec.of(Topics.RAW, registry);
    this.json =
        JsonMapper.builder(
                JsonFactory.builder()
                    .streamReadConstraints(
                        StreamReadConstraints.builder()
                            .maxStringLength(MAX_JSON_STRING)
                            .maxNestingDepth(16)
                            .build())
                    .build())
            .build();
  }

  /** Encodes a pair as Avro, the form our own producers send. */
  public byte[] encode(ImageTextPair pair) {
    byte[] bytes = avro.encode(pair);
    if (bytes == null) {
      throw new AssertionError("a pair was given");
    }
    return bytes;
  }

  /**
   * Decodes a raw value.
   *
   * @throws MalformedRecordException if it is neither form
   */
  public ImageTextPair decode(byte @Nullable [] value) {
    if (value == null || value.length == 0) {
      throw new MalformedRecordException("the value is empty");
    }
    if (value[0] == '{') {
      return decodeJson(value);
    }
    if (value[0] != 0) {
      throw new MalformedRecordException(
          "neither Confluent Avro (first byte 0) nor JSON (first byte '{'): first byte is "
              + (value[0] & 0xff));
    }
    ImageTextPair pair = avro.decode(value);
    if (pair == null) {
      throw new AssertionError("only null decodes to null");
    }
    return pair;
  }

  private ImageTextPair decodeJson(byte[] value) {
    JsonNode node;
    try {
      node = json.readTree(value);
    } catch (JsonProcessingException e) {
      throw new MalformedRecordException("not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new MalformedRecordException("not valid JSON: " + e.getMessage(), e);
    }
    for (var names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!FIELDS.contains(name)) {
        throw new MalformedRecordException(
            "unknown field '" + clip(name) + "'; known are " + FIELDS.stream().sorted().toList());
      }
    }
    return ImageTextPair.newBuilder()
        .setExternalId(text(node, "externalId"))
        .setImage(image(node))
        .setUrl(text(node, "url"))
        .setCaption(orElse(text(node, "caption"), ""))
        .setSource(orElse(text(node, "source"), "unknown"))
        .setEventTime(eventTime(node))
        .setAttributes(attributes(node))
        .setHoldout(node.path("holdout").asBoolean(false))
        .setOperation(operation(node))
        .build();
  }

  private static @Nullable ByteBuffer image(JsonNode node) {
    String encoded = text(node, "image");
    if (encoded == null) {
      return null;
    }
    try {
      return ByteBuffer.wrap(Base64.getDecoder().decode(encoded.replaceAll("[\\r\\n]", "")));
    } catch (IllegalArgumentException e) {
      throw new MalformedRecordException("field 'image' is not base64: " + e.getMessage(), e);
    }
  }

  private static @Nullable Instant eventTime(JsonNode node) {
    JsonNode field = node.path("eventTime");
    if (field.isMissingNode() || field.isNull()) {
      return null;
    }
    try {
      return field.isIntegralNumber()
          ? Instant.ofEpochMilli(field.longValue())
          : Instant.parse(field.asText());
    } catch (DateTimeParseException e) {
      throw new MalformedRecordException(
          "field 'eventTime' must be epoch milliseconds or ISO 8601 like 2024-05-01T00:00:00Z, but is '"
              + clip(field.asText())
              + "'",
          e);
    }
  }

  private static Map<String, String> attributes(JsonNode node) {
    JsonNode field = node.path("attributes");
    var attributes = new HashMap<String, String>();
    if (field.isObject()) {
      field
          .properties()
          .forEach(entry -> attributes.put(entry.getKey(), entry.getValue().asText()));
    } else if (!field.isMissingNode() && !field.isNull()) {
      throw new MalformedRecordException("field 'attributes' must be an object of strings");
    }
    return attributes;
  }

  private static PairOperation operation(JsonNode node) {
    String name = text(node, "operation");
    if (name == null) {
      return PairOperation.UPSERT;
    }
    try {
      return PairOperation.valueOf(name);
    } catch (IllegalArgumentException e) {
      throw new MalformedRecordException(
          "field 'operation' must be UPSERT or DELETE, but is '" + clip(name) + "'", e);
    }
  }

  private static @Nullable String text(JsonNode node, String name) {
    JsonNode field = node.path(name);
    if (field.isMissingNode() || field.isNull()) {
      return null;
    }
    if (!field.isTextual()) {
      throw new MalformedRecordException("field '" + name + "' must be a string");
    }
    return field.textValue();
  }

  private static String orElse(@Nullable String value, String fallback) {
    return value == null ? fallback : value;
  }

  private static String clip(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }
}
