package org.everclip.ingest.produce;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of a {@code .jsonl}, {@code .tsv} or {@code .csv} list as fields by name.
 * Whatever the bytes are, each line gives a row or says why not; memory is bounded. For one thread.
 */
final class ListReader implements Closeable {

  private static final int MAX_NESTING = 64;
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).build())
                  .build())
          .build();

  /**
   * One line.
   *
   * @param fields by name in lower case, or by number from 1; empty if it cannot be read
   * @param trouble why it cannot be read, or empty
   */
  record Line(long number, Map<String, String> fields, String trouble) {}

  private final DelimitedReader reader;
  private final boolean json;
  private List<String> header = List.of();

  ListReader(Path path, Columns columns) throws IOException {
    String name = path.toString().toLowerCase(Locale.ROOT);
    this.json = name.endsWith(".jsonl");
    DelimitedReader.Form form =
        json
            ? DelimitedReader.Form.LINES
            : name.endsWith(".csv") ? DelimitedReader.Form.COMMAS : DelimitedReader.Form.TABS;
    this.reader = new DelimitedReader(Files.newInputStream(path), form);
    if (!json && columns.hasHeader()) {
      DelimitedReader.Row first = reader.next();
      header =
          first == null
              ? List.of()
              : first.fields().stream().map(s -> s.strip().toLowerCase(Locale.ROOT)).toList();
    }
  }

  /** Whether a file's name says that it is such a list. */
  static boolean reads(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".jsonl") || name.endsWith(".tsv") || name.endsWith(".csv");
  }

  /** The columns by their names in lower case; empty where no header line names them. */
  List<String> header() {
    return header;
  }

  /** The next line, or null at the end. */
  @Nullable Line next() throws IOException {
    DelimitedReader.Row row = reader.next();
    if (row == null) {
      return null;
    }
    if (row.tooLong()) {
      return new Line(
          row.line(), Map.of(), "longer than " + DelimitedReader.MAX_CHARS + " characters");
    }
    return json ? object(row) : new Line(row.line(), named(row.fields()), "");
  }

  private Map<String, String> named(List<String> values) {
    var fields = new HashMap<String, String>();
    for (int i = 0; i < values.size(); i++) {
      if (header.isEmpty()) {
        fields.put(Integer.toString(i + 1), values.get(i));
      } else if (i < header.size()) {
        fields.put(header.get(i), values.get(i));
      }
    }
    return fields;
  }

  private static Line object(DelimitedReader.Row row) {
    var fields = new HashMap<String, String>();
    try {
      JsonNode node = JSON.readTree(row.fields().get(0));
      if (!node.isObject()) {
        return new Line(row.line(), Map.of(), "no JSON object");
      }
      node.properties()
          .forEach(
              entry -> {
                if (entry.getValue().isValueNode() && !entry.getValue().isNull()) {
                  fields.put(entry.getKey().toLowerCase(Locale.ROOT), entry.getValue().asText());
                }
              });
    } catch (JsonProcessingException e) {
      return new Line(row.line(), Map.of(), "no JSON: " + e.getOriginalMessage());
    }
    return new Line(row.line(), fields, "");
  }

  /** About how much has been read. */
  long readChars() {
    return reader.readChars();
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
