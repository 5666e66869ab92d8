package org.everclip.platform;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The rules of the registry: what may be registered, which id and version it gets. Ids count over
 * all subjects and never come again; the same text has one id. Thread-safe; writes are one at a
 * time.
 */
final class Schemas {

  private final JsonMapper json = new JsonMapper();
  private final SchemaView view;
  private final SchemasTopic topic;

  Schemas(SchemaView view, SchemasTopic topic) {
    this.view = view;
    this.topic = topic;
  }

  SchemaView view() {
    return view;
  }

  /** Registers the schema, unless it is there; returns its id. */
  synchronized int register(String subject, String text) {
    Schema schema = parse(text);
    String canonical = schema.toString();
    Optional<SchemaView.Entry> known = find(subject, canonical, false);
    if (known.isPresent()) {
      return known.get().id();
    }
    List<String> problems = view.level(subject).problems(schema, earlier(subject));
    if (!problems.isEmpty()) {
      throw new RestError(
          409,
          409,
          "Schema being registered is incompatible with an earlier schema for subject \""
              + subject
              + "\" under "
              + view.level(subject)
              + ": "
              + String.join("; ", problems));
    }
    int id = view.idFor(canonical);
    write(new SchemaView.Entry(subject, view.nextVersion(subject), id, canonical, false));
    return id;
  }

  /** The version of the subject with this very schema. */
  Optional<SchemaView.Entry> find(String subject, String text, boolean withDeleted) {
    String canonical = parse(text).toString();
    return view.versions(subject, withDeleted).stream()
        .filter(entry -> canonical(entry.schema()).equals(canonical))
        .findFirst();
  }

  /**
   * One version of a subject.
   *
   * @param version a number, {@code latest} or -1
   */
  SchemaView.Entry version(String subject, String version, boolean withDeleted) {
    List<SchemaView.Entry> versions = view.versions(subject, withDeleted);
    if (versions.isEmpty()) {
      throw RestError.noSubject(subject);
    }
    if (version.equals("latest") || version.equals("-1")) {
      return versions.get(versions.size() - 1);
    }
    int number;
    try {
      number = Integer.parseInt(version);
    } catch (NumberFormatException e) {
      number = 0;
    }
    if (number < 1) {
      throw new RestError(
          422,
          42202,
          "The specified version '"
              + version
              + "' is not a valid version id. Allowed values are [1, 2^31-1] and \"latest\"");
    }
    int wanted = number;
    return versions.stream()
        .filter(entry -> entry.version() == wanted)
        .findFirst()
        .orElseThrow(() -> RestError.noVersion(version));
  }

  /** Why the schema could not follow on the given version, or on all (null). */
  List<String> problems(String subject, @Nullable String version, String text) {
    Schema schema = parse(text);
    List<Schema> others =
        version == null
            ? earlier(subject)
            : List.of(parse(version(subject, version, false).schema()));
    return view.level(subject).problems(schema, others);
  }

  /** Marks versions as deleted; their ids stay readable. */
  synchronized List<Integer> delete(String subject, @Nullable String version) {
    List<SchemaView.Entry> doomed =
        version == null ? view.versions(subject, false) : List.of(version(subject, version, false));
    if (doomed.isEmpty()) {
      throw RestError.noSubject(subject);
    }
    doomed.forEach(
        e -> write(new SchemaView.Entry(subject, e.version(), e.id(), e.schema(), true)));
    return doomed.stream().map(SchemaView.Entry::version).toList();
  }

  /** Sets a level; a null subject means the level of all. */
  synchronized void setLevel(@Nullable String subject, CompatibilityLevel level) {
    ObjectNode key = json.createObjectNode();
    key.put("keytype", "CONFIG").put("subject", subject).put("magic", 0);
    ObjectNode value = json.createObjectNode();
    value.put("compatibilityLevel", level.name());
    topic.write(text(key), text(value));
  }

  private List<Schema> earlier(String subject) {
    return view.versions(subject, false).stream().map(entry -> parse(entry.schema())).toList();
  }

  private void write(SchemaView.Entry entry) {
    ObjectNode key = json.createObjectNode();
    key.put("keytype", "SCHEMA").put("subject", entry.subject());
    key.put("version", entry.version()).put("magic", 1);
    ObjectNode value = json.createObjectNode();
    value.put("subject", entry.subject()).put("version", entry.version()).put("id", entry.id());
    value.put("schema", entry.schema()).put("deleted", entry.deleted());
    topic.write(text(key), text(value));
  }

  private String text(ObjectNode node) {
    try {
      return json.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a tree of texts and numbers can be written", e);
    }
  }

  private static String canonical(String text) {
    try {
      return parse(text).toString();
    } catch (RestError e) {
      return text; // written by another server, in a form that is not Avro alone
    }
  }

  private static Schema parse(String text) {
    try {
      return new Schema.Parser().parse(text);
    } catch (AvroRuntimeException | NullPointerException e) {
      // Avro 1.12 answers a name that it does not know with a NullPointerException.
      throw new RestError(422, 42201, "Invalid Avro schema: " + e.getMessage());
    }
  }
}
