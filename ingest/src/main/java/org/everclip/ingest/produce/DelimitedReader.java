package org.everclip.ingest.produce;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads records of fields from text of any size in bounded memory. Comma-separated: fields may be
 * quoted, quotes are doubled, quoted fields may go over lines (RFC 4180). Tab-separated: a tab
 * always separates and a line end always ends; quotes around a whole field are taken off. Lines:
 * each is one field. Bytes that are no UTF-8 become U+FFFD. For one thread.
 */
final class DelimitedReader implements Closeable {

  /** How records are told apart. */
  enum Form {
    COMMAS,
    TABS,
    LINES
  }

  /**
   * One record.
   *
   * @param line where it begins, from 1
   * @param tooLong it was longer than allowed; its fields are not there
   */
  record Row(long line, List<String> fields, boolean tooLong) {}

  static final int MAX_CHARS = 1 << 20;
  private static final int MAX_FIELDS = 10_000;

  private final Reader in;
  private final Form form;
  private final char[] buffer = new char[1 << 14];
  private int at;
  private int end;
  private long line = 1;
  private long readChars;

  DelimitedReader(InputStream in, Form form) {
    this.in =
        new InputStreamReader(
            in,
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE));
    this.form = form;
  }

  /** About how much has been read. */
  long readChars() {
    return readChars;
  }

  /** The next record that is not an empty line, or null at the end. */
  @Nullable Row next() throws IOException {
    while (true) {
      long first = line;
      int c = read();
      if (first == 1 && readChars == 1 && c == '\ufeff') {
        c = read();
      }
      if (c < 0) {
        return null;
      }
      if (c != '\n' && c != '\r') {
        return row(first, c);
      }
      line += c == '\n' ? 1 : 0;
    }
  }

  private Row row(long first, int begun) throws IOException {
    var fields = new ArrayList<String>();
    var field = new StringBuilder();
    int chars = 0;
    boolean quoted = false;
    for (int c = begun; c >= 0; c = read()) {
      if (c == '\n') {
        line++;
      }
      if (!quoted && (c == '\n' || c == '\r')) {
        break;
      }
      if (++chars > MAX_CHARS || fields.size() >= MAX_FIELDS) {
        skipLine();
        return new Row(first, List.of(), true);
      }
      if (form == Form.COMMAS && c == '"' && (quoted || field.isEmpty())) {
        boolean twice = quoted && peek() == '"';
        if (twice) {
          read();
          field.append('"');
        } else {
          quoted = !quoted;
        }
      } else if (!quoted && (form == Form.COMMAS && c == ',' || form == Form.TABS && c == '\t')) {
        fields.add(finished(field));
        field.setLength(0);
      } else {
        field.append((char) c);
      }
    }
    fields.add(finished(field));
    return new Row(first, fields, false);
  }

  private String finished(StringBuilder field) {
    int last = field.length() - 1;
    boolean wrapped =
        form == Form.TABS && last > 0 && field.charAt(0) == '"' && field.charAt(last) == '"';
    return wrapped ? field.substring(1, last).replace("\"\"", "\"") : field.toString();
  }

  private void skipLine() throws IOException {
    for (int c = read(); c >= 0; c = read()) {
      if (c == '\n') {
        line++;
        return;
      }
    }
  }

  private int peek() throws IOException {
    if (at == end && !fill()) {
      return -1;
    }
    return buffer[at];
  }

  private int read() throws IOException {
    if (at == end && !fill()) {
      return -1;
    }
    readChars++;
    return buffer[at++];
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(buffer));
    return end > 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
