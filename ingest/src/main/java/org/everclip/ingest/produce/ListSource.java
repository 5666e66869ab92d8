package org.everclip.ingest.produce;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A list of addresses and captions: {@code .jsonl}, or {@code .tsv}/{@code .csv} with a header line
 * (fields may be quoted, not broken over lines). The address is in {@code url}, the caption in
 * {@code caption}, {@code text} or {@code title}, an id, if any, in {@code id}, {@code uid} or
 * {@code key}; case does not matter.
 */
final class ListSource implements PairSource {

  private static final int MAX_LINE_CHARS = 1 << 20;

  private final Path path;
  private final PairFactory pairs;
  private final JsonMapper json = new JsonMapper();

  ListSource(Path path, PairFactory pairs) {
    this.path = path.toAbsolutePath().normalize();
    this.pairs = pairs;
  }

  @Override
  public String id() {
    return path.toString();
  }

  @Override
  public String fingerprint() throws IOException {
    return Files.size(path) + "/" + Files.getLastModifiedTime(path).toMillis();
  }

  @Override
  public long sizeBytes() {
    return path.toFile().length();
  }

  @Override
  public Offers open() throws IOException {
    return new Lines(Files.newBufferedReader(path, UTF_8));
  }

  private final class Lines implements Offers {

    private final BufferedReader reader;
    private final char separator;
    private List<String> header = List.of();
    private @Nullable String line;
    private long number;
    private long readBytes;

    Lines(BufferedReader reader) {
      this.reader = reader;
      this.separator = path.toString().toLowerCase(Locale.ROOT).endsWith(".csv") ? ',' : '\t';
      if (!isJson()) {
        String first = read();
        header = first == null ? List.of() : columns(first.toLowerCase(Locale.ROOT));
      }
      line = read();
    }

    private boolean isJson() {
      return path.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl");
    }

    private @Nullable String read() {
      try {
        String next = reader.readLine();
        number++;
        readBytes += next == null ? 0 : next.length() + 1;
        return next;
      } catch (IOException e) {
        throw new UncheckedIOException(path + " is not UTF-8 text near line " + number, e);
      }
    }

    @Override
    public boolean hasNext() {
      return line != null;
    }

    @Override
    public Offer next() {
      String current = line == null ? "" : line;
      String where = path.getFileName() + " line " + number;
      line = read();
      if (current.length() > MAX_LINE_CHARS) {
        return new Offer.Skipped("bad line", where + " has " + current.length() + " characters");
      }
      Map<String, String> fields = isJson() ? object(current) : row(current);
      String url = fields.get("url");
      String caption = first(fields, "caption", "text", "title");
      if (url == null || caption == null) {
        return new Offer.Skipped("bad line", where + ": url and caption are wanted");
      }
      String id = first(fields, "id", "uid", "key");
      return pairs.listed(id == null ? url : id, url, caption);
    }

    private Map<String, String> object(String text) {
      var fields = new HashMap<String, String>();
      try {
        JsonNode node = json.readTree(text);
        node.properties()
            .forEach(
                entry -> {
                  if (entry.getValue().isValueNode() && !entry.getValue().isNull()) {
                    fields.put(entry.getKey().toLowerCase(Locale.ROOT), entry.getValue().asText());
                  }
                });
      } catch (JsonProcessingException e) {
        return Map.of();
      }
      return fields;
    }

    private Map<String, String> row(String text) {
      var fields = new HashMap<String, String>();
      List<String> values = columns(text);
      for (int i = 0; i < Math.min(values.size(), header.size()); i++) {
        fields.put(header.get(i), values.get(i));
      }
      return fields;
    }

    private List<String> columns(String text) {
      var columns = new ArrayList<String>();
      var column = new StringBuilder();
      boolean quoted = false;
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '"' && (quoted || column.isEmpty())) {
          boolean twice = quoted && i + 1 < text.length() && text.charAt(i + 1) == '"';
          if (twice) {
            column.append('"');
            i++;
          } else {
            quoted = !quoted;
          }
        } else if (c == separator && !quoted) {
          columns.add(column.toString());
          column.setLength(0);
        } else {
          column.append(c);
        }
      }
      columns.add(column.toString());
      return columns;
    }

    private static @Nullable String first(Map<String, String> fields, String... names) {
      for (String name : names) {
        String value = fields.get(name);
        if (value != null && !value.isEmpty()) {
          return value;
        }
      }
      return null;
    }

    @Override
    public long readBytes() {
      return readBytes;
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}
