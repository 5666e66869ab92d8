package org.everclip.platform;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the records of {@code _schemas} say: subjects, versions, ids and compatibility levels.
 * Filled by the topic's reader alone, one record at a time; thread-safe.
 */
final class SchemaView {

  /** One version of a subject. */
  record Entry(String subject, int version, int id, String schema, boolean deleted) {}

  private final JsonMapper json = new JsonMapper();
  private final NavigableMap<String, NavigableMap<Integer, Entry>> subjects = new TreeMap<>();
  private final Map<Integer, String> schemas = new HashMap<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<String, CompatibilityLevel> levels = new HashMap<>();
  private final CompatibilityLevel defaultLevel;
  private @Nullable CompatibilityLevel globalLevel;
  private int highestId;

  SchemaView(CompatibilityLevel defaultLevel) {
    this.defaultLevel = defaultLevel;
  }

  /** Takes in one record of the topic; kinds that are not known here are passed over. */
  synchronized void apply(String keyText, @Nullable String valueText)
      throws JsonProcessingException {
    JsonNode key = json.readTree(keyText);
    JsonNode value = valueText == null ? null : json.readTree(valueText);
    String subject = key.path("subject").isTextual() ? key.path("subject").asText() : null;
    switch (key.path("keytype").asText()) {
      case "SCHEMA" -> schema(subject, key.path("version").asInt(), value);
      case "DELETE_SUBJECT" -> deleted(subject, value);
      case "CONFIG" -> level(subject, value);
      default -> {}
    }
  }

  private void schema(@Nullable String subject, int version, @Nullable JsonNode value) {
    if (subject == null) {
      return;
    }
    NavigableMap<Integer, Entry> versions = subjects.computeIfAbsent(subject, s -> new TreeMap<>());
    if (value == null) {
      versions.remove(version);
      return;
    }
    int id = value.path("id").asInt();
    String text = value.path("schema").asText();
    versions.put(version, new Entry(subject, version, id, text, value.path("deleted").asBoolean()));
    schemas.put(id, text);
    ids.putIfAbsent(text, id);
    highestId = Math.max(highestId, id);
  }

  private void deleted(@Nullable String subject, @Nullable JsonNode value) {
    if (subject == null || value == null) {
      return;
    }
    subjects
        .getOrDefault(subject, new TreeMap<>())
        .headMap(value.path("version").asInt(), true)
        .replaceAll((version, e) -> new Entry(subject, version, e.id(), e.schema(), true));
  }

  private void level(@Nullable String subject, @Nullable JsonNode value) {
    CompatibilityLevel level =
        value == null ? null : CompatibilityLevel.parse(value.path("compatibilityLevel").asText());
    if (subject == null) {
      globalLevel = level;
    } else if (level == null) {
      levels.remove(subject);
    } else {
      levels.put(subject, level);
    }
  }

  synchronized List<String> subjects(boolean withDeleted) {
    return subjects.keySet().stream().filter(s -> !versions(s, withDeleted).isEmpty()).toList();
  }

  /** The versions of a subject, oldest first; empty when there is no such subject. */
  synchronized List<Entry> versions(String subject, boolean withDeleted) {
    return subjects.getOrDefault(subject, new TreeMap<>()).values().stream()
        .filter(entry -> withDeleted || !entry.deleted())
        .toList();
  }

  synchronized List<Entry> uses(int id) {
    return subjects.values().stream()
        .flatMap(versions -> versions.values().stream())
        .filter(entry -> entry.id() == id && !entry.deleted())
        .toList();
  }

  synchronized Optional<String> schema(int id) {
    return Optional.ofNullable(schemas.get(id));
  }

  /** The id that this text has, or the next free one. */
  synchronized int idFor(String schema) {
    return ids.getOrDefault(schema, highestId + 1);
  }

  synchronized int nextVersion(String subject) {
    NavigableMap<Integer, Entry> versions = subjects.getOrDefault(subject, new TreeMap<>());
    return versions.isEmpty() ? 1 : versions.lastKey() + 1;
  }

  /** The subject's own level. */
  synchronized Optional<CompatibilityLevel> ownLevel(String subject) {
    return Optional.ofNullable(levels.get(subject));
  }

  synchronized CompatibilityLevel globalLevel() {
    return globalLevel == null ? defaultLevel : globalLevel;
  }

  CompatibilityLevel level(String subject) {
    return ownLevel(subject).orElseGet(this::globalLevel);
  }
}
