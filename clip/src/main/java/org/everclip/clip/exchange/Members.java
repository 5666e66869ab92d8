package org.everclip.clip.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The members of a JSON object, each to be taken once: what nobody took at the end is something
 * that the reader does not know. Used by one thread.
 */
final class Members {

  private final String where;
  private final JsonNode node;
  private final Set<String> taken = new HashSet<>();

  /**
   * @param where the object's place, for messages
   */
  Members(String where, JsonNode node) {
    if (!node.isObject()) {
      throw new IllegalArgumentException(
          where + ": expected an object but it is " + (node.isMissingNode() ? "missing" : node));
    }
    this.where = where;
    this.node = node;
  }

  boolean has(String name) {
    return !node.path(name).isMissingNode() && !node.path(name).isNull();
  }

  /** The object of that name. */
  Members object(String name) {
    return new Members(where + "." + name, take(name));
  }

  int positive(String name, int otherwise) {
    JsonNode value = take(name);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < 1) {
      throw refused(name, value, "expected a positive whole number");
    }
    return value.asInt();
  }

  int positive(String name) {
    int value = positive(name, 0);
    if (value == 0) {
      throw new IllegalArgumentException(where + "." + name + " is missing");
    }
    return value;
  }

  /** A whole number, or two equal ones in an array. */
  int square(String name, int otherwise) {
    JsonNode value = take(name);
    if (value.isArray() && value.size() == 2 && value.get(0).equals(value.get(1))) {
      value = value.get(0);
    }
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.canConvertToInt() || value.asInt() < 1) {
      throw refused(name, value, "expected one positive whole number: models see squares");
    }
    return value.asInt();
  }

  boolean flag(String name) {
    JsonNode value = take(name);
    if (!value.isBoolean() && !value.isMissingNode() && !value.isNull()) {
      throw refused(name, value, "expected true or false");
    }
    return value.asBoolean(false);
  }

  /** The text of that name; empty where it is missing, null or "". */
  Optional<String> text(String name) {
    JsonNode value = take(name);
    if (!value.isTextual() && !value.isMissingNode() && !value.isNull()) {
      throw refused(name, value, "expected a text");
    }
    return Optional.of(value.asText("")).filter(text -> value.isTextual() && !text.isEmpty());
  }

  /**
   * Three numbers for the channels, or one for all.
   *
   * @param otherwise not copied
   */
  float[] channels(String name, float[] otherwise) {
    JsonNode value = take(name);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    float[] channels = new float[3];
    for (int i = 0; i < channels.length; i++) {
      JsonNode channel = value.isArray() && value.size() == 3 ? value.get(i) : value;
      if (!channel.isNumber()) {
        throw refused(name, value, "expected a number for each of three channels");
      }
      channels[i] = channel.floatValue();
    }
    return channels;
  }

  /** Requires a member to be missing, null or equal to one of these values. */
  void only(String name, Object... supported) {
    JsonNode value = take(name);
    boolean fine = value.isMissingNode() || value.isNull();
    for (Object one : supported) {
      fine |=
          one instanceof Number number && value.isNumber()
              ? value.asDouble() == number.doubleValue()
              : value.asText().equals(String.valueOf(one)) && value.isValueNode();
    }
    if (!fine) {
      throw refused(
          name,
          value,
          supported.length == 0
              ? "this is not supported"
              : "supported is " + List.of(supported).toString().replaceAll("[\\[\\]]", ""));
    }
  }

  /** Requires a switch to be on or off; missing is off. */
  void must(String name, boolean on) {
    if (flag(name) != on) {
      throw refused(name, node.path(name), "supported is " + on + " here");
    }
  }

  /** Members that change nothing in what a trained model computes. */
  void ignore(String... names) {
    taken.addAll(List.of(names));
  }

  /** Requires that every member was taken. */
  void finish() {
    List<String> unknown = new ArrayList<>();
    node.fieldNames()
        .forEachRemaining(
            name -> {
              if (!taken.contains(name)) {
                unknown.add(where + "." + name);
              }
            });
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          String.join(", ", unknown) + ": not known, so the model might compute something else");
    }
  }

  IllegalArgumentException refused(String name, JsonNode value, String why) {
    return new IllegalArgumentException(where + "." + name + " is " + value + ": " + why);
  }

  JsonNode take(String name) {
    taken.add(name);
    return node.path(name);
  }
}
