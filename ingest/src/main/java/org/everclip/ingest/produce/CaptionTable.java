package org.everclip.ingest.produce;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.everclip.ingest.produce.Columns.Meaning;

/**
 * Captions of a folder's pictures in one list: columns for the file (its path inside the folder, or
 * its name) and the caption. Immutable.
 */
final class CaptionTable {

  /** Looked for in the folder, as the usual tools write them. */
  private static final List<String> USUAL =
      List.of("metadata.csv", "metadata.jsonl", "captions.csv", "captions.tsv", "captions.jsonl");

  private static final int MAX_ROWS = 5_000_000;

  static final CaptionTable EMPTY = new CaptionTable(Map.of(), "");

  private final Map<String, String> captions;
  private final String origin;

  private CaptionTable(Map<String, String> captions, String origin) {
    this.captions = captions;
    this.origin = origin;
  }

  /** The table that lies in the folder, if one does. */
  static CaptionTable in(Path folder, Columns columns) throws IOException {
    for (String name : USUAL) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        return read(file, columns);
      }
    }
    return EMPTY;
  }

  /** Reads a table; lines without file or caption are passed over. */
  static CaptionTable read(Path file, Columns columns) throws IOException {
    var captions = new HashMap<String, String>();
    try (var reader = new ListReader(file, columns)) {
      for (ListReader.Line line = reader.next(); line != null; line = reader.next()) {
        String picture = columns.get(line.fields(), Meaning.FILE);
        String caption = columns.get(line.fields(), Meaning.CAPTION);
        if (picture != null && caption != null) {
          captions.putIfAbsent(plain(picture), caption);
        }
        if (captions.size() > MAX_ROWS) {
          throw new IOException(
              file + " has more than " + MAX_ROWS + " captions; split it, or write shards");
        }
      }
    }
    if (captions.isEmpty()) {
      throw new IOException(
          file
              + " gives no caption: columns for the file (file_name) and the caption (caption) are"
              + " wanted; map others with --columns file=NAME,caption=NAME");
    }
    String origin =
        file.toAbsolutePath() + "/" + Files.size(file) + "/" + Files.getLastModifiedTime(file);
    return new CaptionTable(captions, origin + "/" + columns);
  }

  /** By the path inside the folder, else by the name alone. */
  Optional<String> caption(String path) {
    String caption = captions.get(path);
    return Optional.ofNullable(
        caption == null ? captions.get(path.substring(path.lastIndexOf('/') + 1)) : caption);
  }

  /** Changes when the table changes. */
  String fingerprint() {
    return origin;
  }

  private static String plain(String path) {
    String slashes = path.strip().replace('\\', '/');
    return slashes.startsWith("./") ? slashes.substring(2) : slashes;
  }
}
