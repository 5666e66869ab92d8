package org.everclip.ingest.produce;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.everclip.formats.shard.WebDatasetReader;
import org.jspecify.annotations.Nullable;

/** Finds what the words on the command line mean. */
public final class Sources {

  /** What words for reinforced sets begin with. */
  static final String REINFORCED = "datacompdr:";

  private static final Pattern RANGE = Pattern.compile("\\{(\\d{1,9})\\.\\.(\\d{1,9})}");

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
   * How what is named is read.
   *
   * @param captions a list of captions for folders; null: the one that lies in the folder, if any
   * @param set what reinforced shards do not say themselves
   * @param notes takes what people should know though it hinders nothing
   */
  public record Reading(
      Columns columns, @Nullable Path captions, ReinforcedSet set, Consumer<String> notes) {

    /** The usual names of columns and files. */
    public static Reading usual() {
      return new Reading(Columns.usual(), null, ReinforcedSet.published(), note -> {});
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
      if (word.startsWith(REINFORCED)) {
        sources.addAll(reinforced(word.substring(REINFORCED.length()), pairs, reading.set()));
        continue;
      }
      Path path = Path.of(word);
      if (Files.isDirectory(path)) {
        sources.addAll(folder(path, pairs, reading));
      } else if (Files.isRegularFile(path)) {
        sources.add(file(path, pairs, reading));
      } else {
        List<Path> shards = expand(word);
        noteGaps(word, shards.size(), reading.notes());
        shards.forEach(shard -> sources.add(new ShardSource(shard, pairs)));
      }
    }
    return sources;
  }

  /** A folder of shards, or of folders of shards, is as good as its shards. */
  private static List<PairSource> folder(Path folder, PairFactory pairs, Reading reading)
      throws IOException {
    List<Path> shards = tars(folder);
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

  /** Each shard of a set with the shard of its originals, in the order of their names. */
  private static List<PairSource> reinforced(String word, PairFactory pairs, ReinforcedSet set)
      throws IOException, UnknownSourceException {
    List<Path> shards = shards(word);
    List<Path> originals = set.originals() == null ? List.of() : shards(set.originals());
    if (set.originals() != null && originals.size() != shards.size()) {
      throw new UnknownSourceException(
          "expected one shard of originals for each of the %d reinforced ones, but '%s' are %d"
              .formatted(shards.size(), set.originals(), originals.size()));
    }
    var make = new ReinforcedPairs(pairs, set);
    var sources = new ArrayList<PairSource>();
    for (int i = 0; i < shards.size(); i++) {
      sources.add(
          new ReinforcedShardSource(
              shards.get(i), originals.isEmpty() ? null : originals.get(i), make));
    }
    return sources;
  }

  private static List<Path> shards(String word) throws IOException, UnknownSourceException {
    Path path = Path.of(word);
    if (Files.isDirectory(path)) {
      return tars(path);
    }
    return Files.isRegularFile(path) ? List.of(path) : expand(word);
  }

  private static void noteGaps(String word, int found, Consumer<String> notes) {
    Matcher range = RANGE.matcher(word);
    if (range.find()) {
      long wanted = Long.parseLong(range.group(2)) - Long.parseLong(range.group(1)) + 1;
      if (found < wanted && !range.find()) {
        notes.accept("%d of the %d shards of '%s' are there".formatted(found, wanted, word));
      }
    }
  }

  private static PairSource file(Path file, PairFactory pairs, Reading reading)
      throws IOException, UnknownSourceException {
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".tar")) {
      return new ShardSource(file, pairs);
    }
    if (ListReader.reads(file)) {
      try (var list = new ListReader(file, reading.columns())) {
        String missing = list.header().isEmpty() ? null : reading.columns().missing(list.header());
        if (missing != null) {
          throw new UnknownSourceException(file.getFileName() + ": " + missing);
        }
      }
      return new ListSource(file, pairs, reading.columns());
    }
    throw new UnknownSourceException(
        "expected a folder, a .tar shard or a .jsonl, .tsv or .csv list, but got " + file);
  }

  private static List<Path> tars(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder, SHARD_DEPTH)) {
      return files
          .filter(file -> file.toString().endsWith(".tar") && Files.isRegularFile(file))
          .sorted()
          .toList();
    }
  }

  private static List<Path> expand(String pattern) throws IOException, UnknownSourceException {
    try {
      return WebDatasetReader.expand(pattern);
    } catch (java.nio.file.NoSuchFileException e) {
      throw new UnknownSourceException("nothing is called '" + pattern + "': " + e.getReason());
    }
  }
}
