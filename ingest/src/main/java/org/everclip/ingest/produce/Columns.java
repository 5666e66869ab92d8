package org.everclip.ingest.produce;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which column of a list means what. Without a mapping the usual names are looked for, whatever
 * their case; a mapping names a column, or gives its number where the list has no header line.
 */
public final class Columns {

  /** What a column can mean. */
  enum Meaning {
    URL("url", "image_url", "link"),
    FILE("file_name", "file", "filename", "image", "path"),
    CAPTION("caption", "text", "title", "alt_text"),
    ID("id", "uid", "key"),
    SHA256("sha256"),
    TIME("timestamp", "event_time", "time");

    private final List<String> usual;

    Meaning(String... usual) {
      this.usual = List.of(usual);
    }
  }

  private final Map<Meaning, String> mapped;

  private Columns(Map<Meaning, String> mapped) {
    this.mapped = mapped;
  }

  /** The usual names. */
  public static Columns usual() {
    return new Columns(Map.of());
  }

  /**
   * A mapping such as {@code url=LINK, caption=2}.
   *
   * @throws Sources.UnknownSourceException if a key has no meaning, or names and numbers are mixed
   */
  public static Columns of(Map<String, String> mapping) throws Sources.UnknownSourceException {
    var mapped = new EnumMap<Meaning, String>(Meaning.class);
    for (Map.Entry<String, String> entry : mapping.entrySet()) {
      try {
        Meaning meaning = Meaning.valueOf(entry.getKey().strip().toUpperCase(Locale.ROOT));
        mapped.put(meaning, entry.getValue().strip().toLowerCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw new Sources.UnknownSourceException(
            "--columns maps url, file, caption, id, sha256 and time, not '" + entry.getKey() + "'");
      }
    }
    long numbers = mapped.values().stream().filter(Columns::isNumber).count();
    if (numbers > 0 && numbers < mapped.size()) {
      throw new Sources.UnknownSourceException(
          "--columns takes names (the list has a header line) or numbers (it has none), not both");
    }
    return new Columns(mapped);
  }

  private static boolean isNumber(String text) {
    return text.matches("[1-9][0-9]{0,3}");
  }

  /** Whether the first line names the columns. */
  boolean hasHeader() {
    return mapped.isEmpty() || mapped.values().stream().noneMatch(Columns::isNumber);
  }

  /**
   * The value of a meaning, or null where there is none.
   *
   * @param fields by name in lower case, or by number from 1
   */
  @Nullable String get(Map<String, String> fields, Meaning meaning) {
    String chosen = mapped.get(meaning);
    if (chosen != null) {
      return blankToNull(fields.get(chosen));
    }
    if (!hasHeader()) {
      return null;
    }
    for (String name : meaning.usual) {
      String value = blankToNull(fields.get(name));
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  /**
   * What the header of a list of addresses lacks, in words for its owner, or null.
   *
   * @param header names in lower case
   */
  @Nullable String missing(List<String> header) {
    List<String> unknown = mapped.values().stream().filter(name -> !header.contains(name)).toList();
    if (!unknown.isEmpty()) {
      return "no column is called " + String.join(", ", unknown) + "; there are " + header;
    }
    for (Meaning meaning : List.of(Meaning.URL, Meaning.CAPTION)) {
      if (!mapped.containsKey(meaning) && meaning.usual.stream().noneMatch(header::contains)) {
        String name = meaning.name().toLowerCase(Locale.ROOT);
        return "no column is called %s; there are %s; say which it is with --columns %s=NAME"
            .formatted(String.join(" or ", meaning.usual), header, name);
      }
    }
    return null;
  }

  private static @Nullable String blankToNull(@Nullable String text) {
    return text == null || text.isBlank() ? null : text;
  }

  @Override
  public String toString() {
    return mapped.toString();
  }
}
