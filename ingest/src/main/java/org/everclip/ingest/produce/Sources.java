package org.everclip.ingest.produce;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.everclip.formats.shard.WebDatasetReader;

/** Finds what the words on the command line mean. */
public final class Sources {

  private Sources() {}

  /** The word cannot be used; the message says what can. */
  public static final class UnknownSourceException extends Exception {
    private static final long serialVersionUID = 1;

    UnknownSourceException(String message) {
      super(message);
    }
  }

  /**
   * All sources that the words name, in their order.
   *
   * @throws UnknownSourceException if a word names nothing that can be read
   */
  public static List<PairSource> find(List<String> words, PairFactory pairs)
      throws IOException, UnknownSourceException {
    var sources = new ArrayList<PairSource>();
    for (String word : words) {
      if (word.startsWith("datacompdr:")) {
        throw new UnknownSourceException(
            "datacompdr: sources are not read yet (a later step); folders, *.tar shards and URL"
                + " lists are");
      }
      Path path = Path.of(word);
      if (Files.isDirectory(path)) {
        sources.addAll(folder(path, pairs));
      } else if (Files.isRegularFile(path)) {
        sources.add(file(path, pairs));
      } else {
        expand(word).forEach(shard -> sources.add(new ShardSource(shard, pairs)));
      }
    }
    return sources;
  }

  /** A folder of shards is as good as its shards. */
  private static List<PairSource> folder(Path folder, PairFactory pairs) throws IOException {
    try (var entries = Files.newDirectoryStream(folder, "*.tar")) {
      var shards = new ArrayList<Path>();
      entries.forEach(shards::add);
      if (!shards.isEmpty()) {
        return shards.stream()
            .sorted()
            .map(shard -> (PairSource) new ShardSource(shard, pairs))
            .toList();
      }
    }
    return List.of(new FolderSource(folder, pairs));
  }

  private static PairSource file(Path file, PairFactory pairs) throws UnknownSourceException {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".tar")) {
      return new ShardSource(file, pairs);
    }
    if (name.endsWith(".jsonl") || name.endsWith(".tsv") || name.endsWith(".csv")) {
      return new ListSource(file, pairs);
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
