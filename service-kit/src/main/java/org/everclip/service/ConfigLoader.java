package org.everclip.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.jspecify.annotations.Nullable;

/**
 * Builds the settings from, in rising strength: the defaults in {@code everclip-defaults.yaml}, a
 * YAML file, {@code EVERCLIP_PORTS_BASE}, environment variables {@code EVERCLIP_SECTION_KEY} and
 * {@code section.key=value} assignments. A key that the defaults do not have is an error that names
 * the nearest one.
 */
public final class ConfigLoader {

  private static final String DEFAULTS = "/everclip-defaults.yaml";
  private static final String PREFIX = "EVERCLIP_";

  /** Variables that are not settings: read elsewhere in the program. */
  private static final List<String> RESERVED =
      List.of(
          "EVERCLIP_HOME",
          "EVERCLIP_PROGRAM",
          "EVERCLIP_PORTS_BASE",
          "EVERCLIP_PARENT_PID",
          "EVERCLIP_HEALTH_PORT",
          "EVERCLIP_JAVA",
          "EVERCLIP_JAVA_OPTS",
          "EVERCLIP_MAVEN_OPTS",
          "EVERCLIP_NO_BUILD",
          "EVERCLIP_VOCABULARY",
          "EVERCLIP_REQUIRE_BROWSER");

  private final YAMLMapper yaml =
      YAMLMapper.builder()
          .addModule(new JavaTimeModule())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();
  private final Map<String, String> environment;

  public ConfigLoader(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Loads the settings.
   *
   * @param home where state lives, or null for EVERCLIP_HOME, else {@code ~/.everclip}
   * @param file a YAML file, or null for {@code HOME/everclip.yaml} if it is there
   * @param assignments {@code section.key=value}
   * @throws ConfigException naming the key and the remedy
   */
  public EverclipConfig load(@Nullable Path home, @Nullable Path file, List<String> assignments) {
    Path homeDir = home == null ? defaultHome() : home.toAbsolutePath().normalize();
    ObjectNode tree = defaults();
    Path settings = file == null ? homeDir.resolve("everclip.yaml") : file;
    if (file != null || Files.exists(settings)) {
      merge(tree, readFile(settings), "", settings.toString());
    }
    applyPortsBase(tree);
    environment.forEach((name, value) -> applyVariable(tree, name, value));
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      if (equals <= 0) {
        throw new ConfigException("--set wants section.key=value, but got '" + assignment + "'");
      }
      set(tree, assignment.substring(0, equals), assignment.substring(equals + 1), "--set");
    }
    tree.put("home", homeDir.toString());
    tree.put("program", program().toString());
    try {
      return yaml.treeToValue(tree, EverclipConfig.class);
    } catch (JsonProcessingException e) {
      throw new ConfigException("setting cannot be used: " + e.getOriginalMessage(), e);
    }
  }

  /** The text of the defaults with their explanations. */
  public static String defaultsText() {
    try (InputStream in = EverclipConfig.class.getResourceAsStream(DEFAULTS)) {
      if (in == null) {
        throw new AssertionError(DEFAULTS + " is part of the contracts jar");
      }
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private ObjectNode defaults() {
    try {
      return (ObjectNode) yaml.readTree(defaultsText());
    } catch (JsonProcessingException e) {
      throw new AssertionError("the defaults are valid YAML", e);
    }
  }

  private Path defaultHome() {
    String variable = environment.get("EVERCLIP_HOME");
    return (variable == null
            ? Path.of(System.getProperty("user.home"), ".everclip")
            : Path.of(variable))
        .toAbsolutePath()
        .normalize();
  }

  private Path program() {
    return Path.of(environment.getOrDefault("EVERCLIP_PROGRAM", "")).toAbsolutePath().normalize();
  }

  private ObjectNode readFile(Path file) {
    try {
      JsonNode node = yaml.readTree(file.toFile());
      if (node == null || node.isMissingNode() || node.isNull()) {
        return yaml.createObjectNode();
      }
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new ConfigException(file + " must hold sections with keys");
    } catch (IOException e) {
      throw new ConfigException("cannot read settings from " + file + ": " + e.getMessage(), e);
    }
  }

  private static void merge(ObjectNode target, ObjectNode source, String path, String origin) {
    source
        .properties()
        .forEach(
            entry -> {
              String key = path + entry.getKey();
              JsonNode known = target.get(entry.getKey());
              if (known == null && !path.equals("kafka.properties.")) {
                throw unknown(target, path, entry.getKey(), origin);
              }
              if (known instanceof ObjectNode section
                  && entry.getValue() instanceof ObjectNode in) {
                merge(section, in, key + ".", origin);
              } else {
                target.set(entry.getKey(), entry.getValue());
              }
            });
  }

  private void applyVariable(ObjectNode tree, String name, String value) {
    if (!name.startsWith(PREFIX) || RESERVED.contains(name)) {
      return;
    }
    for (String path : leaves(tree, "")) {
      if (name.equals(PREFIX + path.toUpperCase(Locale.ROOT).replace('.', '_'))) {
        set(tree, path, value, name);
        return;
      }
    }
    String near =
        nearest(
            name,
            leaves(tree, "").stream()
                .map(path -> PREFIX + path.toUpperCase(Locale.ROOT).replace('.', '_'))
                .toList());
    throw new ConfigException(
        "unknown setting " + name + " in the environment; nearest is " + near);
  }

  private void set(ObjectNode tree, String path, String value, String origin) {
    ObjectNode section = tree;
    String[] names = path.split("\\.", -1);
    String walked = "";
    for (int i = 0; i < names.length - 1; i++) {
      JsonNode next = section.get(names[i]);
      if (!(next instanceof ObjectNode object)) {
        throw unknown(section, walked, names[i], origin);
      }
      section = object;
      walked += names[i] + ".";
      if (walked.equals("kafka.properties.")) {
        section.put(path.substring(walked.length()), value);
        return;
      }
    }
    String key = names[names.length - 1];
    JsonNode known = section.get(key);
    if (known == null) {
      throw unknown(section, walked, key, origin);
    }
    try {
      section.set(key, known.isTextual() ? section.textNode(value) : yaml.readTree(value));
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          "value of " + path + " (" + origin + ") cannot be read: " + value, e);
    }
  }

  private void applyPortsBase(ObjectNode tree) {
    String text = environment.get("EVERCLIP_PORTS_BASE");
    if (text == null || text.isBlank()) {
      return;
    }
    int base;
    try {
      base = Integer.parseInt(text.trim());
    } catch (NumberFormatException e) {
      throw new ConfigException("EVERCLIP_PORTS_BASE must be a port number, but is " + text, e);
    }
    var ports = new LinkedHashMap<String, String>();
    ports.put("dashboard.port", Integer.toString(base));
    ports.put("platform.schemaRegistryPort", Integer.toString(base + 1));
    ports.put("schemaRegistry.url", "http://127.0.0.1:" + (base + 1));
    ports.put("reinforce.uiPort", Integer.toString(base + 2));
    ports.put("registry.port", Integer.toString(base + 3));
    ports.put("registry.url", "http://127.0.0.1:" + (base + 3));
    ports.put("platform.brokerPort", Integer.toString(base + 4));
    ports.put("kafka.bootstrap", "127.0.0.1:" + (base + 4));
    ports.put("platform.controllerPort", Integer.toString(base + 5));
    ports.put("receive.port", Integer.toString(base + 6));
    ports.forEach((path, value) -> set(tree, path, value, "EVERCLIP_PORTS_BASE"));
  }

  private static List<String> leaves(ObjectNode node, String path) {
    var leaves = new ArrayList<String>();
    node.properties()
        .forEach(
            entry -> {
              String key = path + entry.getKey();
              if (entry.getValue() instanceof ObjectNode section && !section.isEmpty()) {
                leaves.addAll(leaves(section, key + "."));
              } else {
                leaves.add(key);
              }
            });
    return leaves;
  }

  private static ConfigException unknown(
      ObjectNode section, String path, String key, String origin) {
    var names = new ArrayList<String>();
    section.fieldNames().forEachRemaining(names::add);
    return new ConfigException(
        "unknown setting "
            + path
            + key
            + " ("
            + origin
            + "); nearest is "
            + path
            + nearest(key, names));
  }

  private static String nearest(String key, List<String> candidates) {
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> distance(key, candidate)))
        .orElse("none");
  }

  /** Levenshtein distance without regard to case. */
  private static int distance(String a, String b) {
    String left = a.toLowerCase(Locale.ROOT);
    String right = b.toLowerCase(Locale.ROOT);
    int[] row = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int change = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[right.length()];
  }
}
