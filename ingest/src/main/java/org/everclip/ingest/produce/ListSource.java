package org.everclip.ingest.produce;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.everclip.ingest.produce.Columns.Meaning;
import org.jspecify.annotations.Nullable;

/** A list of addresses and captions; see {@link ListReader} and {@link Columns}. */
final class ListSource implements PairSource {

  private static final int MAX_ATTRIBUTES = 40;
  private static final int MAX_ATTRIBUTE_CHARS = 1000;

  private final Path path;
  private final PairFactory pairs;
  private final Columns columns;

  ListSource(Path path, PairFactory pairs, Columns columns) {
    this.path = path.toAbsolutePath().normalize();
    this.pairs = pairs;
    this.columns = columns;
  }

  @Override
  public String id() {
    return path.toString();
  }

  @Override
  public String fingerprint() throws IOException {
    return Files.size(path) + "/" + Files.getLastModifiedTime(path).toMillis() + "/" + columns;
  }

  @Override
  public long sizeBytes() {
    return path.toFile().length();
  }

  @Override
  public boolean namesUrls() {
    return true;
  }

  @Override
  public Offers open() throws IOException {
    return new Lines(new ListReader(path, columns));
  }

  private Offer offer(ListReader.Line line) {
    String where = path.getFileName() + " line " + line.number();
    if (!line.trouble().isEmpty()) {
      return new Offer.Skipped("bad line", where + ": " + line.trouble());
    }
    Map<String, String> fields = line.fields();
    String url = columns.get(fields, Meaning.URL);
    String caption = columns.get(fields, Meaning.CAPTION);
    if (url == null || caption == null) {
      return new Offer.Skipped(
          "bad line",
          where + ": url and caption are wanted, there are " + clip(fields.keySet().toString()));
    }
    String id = columns.get(fields, Meaning.ID);
    String sha256 = columns.get(fields, Meaning.SHA256);
    Map<String, String> attributes = new HashMap<>();
    if (sha256 != null) {
      attributes.put("sha256", sha256);
    }
    fields.forEach(
        (name, value) -> {
          boolean plain = !value.isBlank() && value.length() <= MAX_ATTRIBUTE_CHARS;
          if (plain
              && !value.equals(url)
              && !value.equals(caption)
              && !value.equals(id)
              && !value.equals(sha256)
              && name.length() <= 100
              && attributes.size() < MAX_ATTRIBUTES) {
            attributes.put(name, value);
          }
        });
    return pairs.listed(
        id == null ? url : id, url, caption, columns.get(fields, Meaning.TIME), attributes);
  }

  private static String clip(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "…";
  }

  private final class Lines implements Offers {

    private final ListReader reader;
    private ListReader.@Nullable Line line;

    Lines(ListReader reader) {
      this.reader = reader;
      advance();
    }

    private void advance() {
      try {
        line = reader.next();
      } catch (IOException e) {
        throw new UncheckedIOException(path + " cannot be read", e);
      }
    }

    @Override
    public boolean hasNext() {
      return line != null;
    }

    @Override
    public Offer next() {
      if (line == null) {
        throw new java.util.NoSuchElementException("no more lines");
      }
      Offer offer = offer(line);
      advance();
      return offer;
    }

    @Override
    public long readBytes() {
      return reader.readChars();
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}
