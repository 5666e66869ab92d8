package org.everclip.platform;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaCompatibility.SchemaPairCompatibility;

/** How a new schema must get along with the earlier ones of its subject. */
enum CompatibilityLevel {
  NONE(false, false, false),
  BACKWARD(true, false, false),
  BACKWARD_TRANSITIVE(true, false, true),
  FORWARD(false, true, false),
  FORWARD_TRANSITIVE(false, true, true),
  FULL(true, true, false),
  FULL_TRANSITIVE(true, true, true);

  private final boolean newReadsOld;
  private final boolean oldReadsNew;
  private final boolean transitive;

  CompatibilityLevel(boolean newReadsOld, boolean oldReadsNew, boolean transitive) {
    this.newReadsOld = newReadsOld;
    this.oldReadsNew = oldReadsNew;
    this.transitive = transitive;
  }

  /**
   * The level of that name.
   *
   * @throws RestError 42203 if there is none
   */
  static CompatibilityLevel parse(String name) {
    for (CompatibilityLevel level : values()) {
      if (level.name().equals(name.toUpperCase(Locale.ROOT))) {
        return level;
      }
    }
    throw new RestError(
        422,
        42203,
        "Invalid compatibility level '" + name + "'; expected one of " + List.of(values()));
  }

  /** Why the candidate does not fit; empty when it does. Earlier schemas in order of version. */
  List<String> problems(Schema candidate, List<Schema> earlier) {
    var problems = new ArrayList<String>();
    int first = transitive ? 0 : Math.max(0, earlier.size() - 1);
    for (Schema other : earlier.subList(first, earlier.size())) {
      if (newReadsOld) {
        check(candidate, other, "the new schema cannot read the old one", problems);
      }
      if (oldReadsNew) {
        check(other, candidate, "the old schema cannot read the new one", problems);
      }
    }
    return problems;
  }

  private static void check(Schema reader, Schema writer, String what, List<String> problems) {
    SchemaPairCompatibility result =
        SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
    if (result.getType() == SchemaCompatibilityType.COMPATIBLE) {
      return;
    }
    result
        .getResult()
        .getIncompatibilities()
        .forEach(
            problem ->
                problems.add(
                    what
                        + ": "
                        + problem.getType()
                        + " at "
                        + problem.getLocation()
                        + " ("
                        + problem.getMessage()
                        + ")"));
  }
}
