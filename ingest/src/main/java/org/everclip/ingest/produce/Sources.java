package org.everclip.ingest.produce;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.everclip.formats.shard.WebDatasetReader;
import org.jspecify.annotations.Nullable;

/** Finds what the words on the command line mean. */
public final class Sources {

  /** Folders of shards hold them themselves or one folder below. */
  private static final int SHARD_DEPTH = 2;

  private Sources() {}

  /** The word cannot be used; the message says what can. */
  public static final class UnknownSourceException extends Exception {
    private static final long serialVersionUID = 1;

    UnknownSourceException(String message) {
      super(message);
    }
  }

  /**
   * How lists are read.
   *
   * @param captions a list of captions for folders; null: the one that lies in the folder, if any
   */
  public record Reading(Columns columns, @Nullable Path captions) {

    /** The usual names of columns and files. */
    public static Reading usual() {
      return new Reading(Columns.usual(), null);
    }
  }

  /** All sources that the words name, in their order, read in the usual way. */
  static List<PairSource> find(List<String> words, PairFactory pairs)
      throws IOException, UnknownSourceException {
    return find(words, pairs, Reading.usual());
  }

  /**
   * All sources that the words name, in their order.
   *
   * @throws UnknownSourceException if a word names nothing that can be read
   */
  public static List<PairSource> find(List<String> words, PairFactory pairs, Reading reading)
      throws IOException, UnknownSourceException {
    var sources = new ArrayList<PairSource>();
    for (String word : words) {
      if (word.startsWith("datacompdr:")) {
        throw new UnknownSourceException(
            "datacompdr: sources are not read yet (they come later); folders, *.tar shards and URL"
                + " lists are");
      }
      Path path = Path.of(word);
      if (Files.isDirectory(path)) {
        sources.addAll(folder(path, pairs, reading));
      } else if (Files.isRegularFile(path)) {
        sources.add(file(path, pairs, reading));
      } else {
        expand(word).forEach(shard -> sources.add(new ShardSource(shard, pairs)));
      }
    }
    return sources;
  }

  /** A folder of shards, or of folders of shards, is as good as its shards. */
  private static List<PairSource> folder(Path folder, PairFactory pairs, Reading reading)
      throws IOException {
    List<Path> shards;
    try (Stream<Path> files = Files.walk(folder, SHARD_DEPTH)) {
      shards =
          files
              .filter(file -> file.toString().endsWith(".tar") && Files.isRegularFile(file))
              .sorted()
              .toList();
    }
    if (!shards.isEmpty()) {
      return shards.stream().map(shard -> (PairSource) new ShardSource(shard, pairs)).toList();
    }
    Path table = reading.captions();
    CaptionTable captions =
        table == null
            ? CaptionTable.in(folder, reading.columns())
            : CaptionTable.read(table, reading.columns());
    return List.of(new FolderSource(folder, pairs, captions));
  }

  private static PairSource file(Path file, PairFactory pairs, Reading reading)
      throws UnknownSourceException {
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".tar")) {
      return new ShardSource(file, pairs);
    }
    if (ListReader.reads(file)) {
      return new ListSource(file, pairs, reading.columns());
    }
    throw new UnknownSourceException(
        "expected a folder, a .tar shard or a .jsonl, .tsv or .csv list, but got " + file);
  }

  private static List<Path> expand(String pattern) throws IOException, UnknownSourceException {
    try {
      return WebDatasetReader.expand(pattern);
    } catch (java.nio.file.NoSuchFileException e) {
      throw new UnknownSourceException("nothing is called '" + pattern + "': " + e.getReason());
    }
  }
}
