package org.everclip.evaluation.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A table with a header line, fields separated by commas (tabs in {@code .tsv}) and quoted as in
 * RFC 4180.
 *
 * @param columns position by name
 */
record CsvTable(Path file, Map<String, Integer> columns, List<List<String>> rows) {

  static CsvTable read(Path file) throws IOException {
    char separator =
        file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".tsv") ? '\t' : ',';
    var rows = new ArrayList<List<String>>();
    try (BufferedReader in = Files.newBufferedReader(file)) {
      List<String> row = row(in, separator);
      while (!row.isEmpty()) {
        rows.add(row);
        row = row(in, separator);
      }
    }
    if (rows.isEmpty()) {
      throw new IOException(file + " is empty; expected a header line");
    }
    var columns = new HashMap<String, Integer>();
    List<String> header = rows.remove(0);
    for (int c = 0; c < header.size(); c++) {
      columns.put(header.get(c).strip(), c);
    }
    for (int r = 0; r < rows.size(); r++) {
      if (rows.get(r).size() != header.size()) {
        throw new IOException(
            "row %d of %s has %d fields, its header %d"
                .formatted(r + 1, file, rows.get(r).size(), header.size()));
      }
    }
    return new CsvTable(file, columns, rows);
  }

  /** A field by its column's name. */
  String get(List<String> row, String column) throws IOException {
    Integer at = columns.get(column);
    if (at == null) {
      throw new IOException(
          "%s has no column '%s', but %s".formatted(file, column, columns.keySet()));
    }
    return row.get(at).strip();
  }

  /** The next row that is not blank; empty at the end. */
  private static List<String> row(Reader in, char separator) throws IOException {
    var fields = new ArrayList<String>();
    var field = new StringBuilder();
    boolean quoted = false;
    for (int c = in.read(); c >= 0; c = in.read()) {
      if (quoted) {
        in.mark(1);
        if (c != '"') {
          field.append((char) c);
        } else if (in.read() == '"') {
          field.append('"');
        } else {
          in.reset();
          quoted = false;
        }
      } else if (c == '"' && field.isEmpty()) {
        quoted = true;
      } else if (c == separator) {
        fields.add(field.toString());
        field.setLength(0);
      } else if (c == '\n') {
        if (!fields.isEmpty() || !field.isEmpty()) {
          fields.add(field.toString());
          return fields;
        }
      } else if (c != '\r' && c != '\ufeff') {
        field.append((char) c);
      }
    }
    if (!fields.isEmpty() || !field.isEmpty()) {
      fields.add(field.toString());
    }
    return fields;
  }
}
