package org.everclip.evaluation.task;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.everclip.contracts.Sha256;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;

/**
 * A data set in the standard layout of the webdataset benchmarks: {@code classnames.txt}, {@code
 * zeroshot_classification_templates.txt}, {@code test/nshards.txt}, {@code test/N.tar}.
 */
public final class DatasetFolder implements SampleSource {

  private static final List<String> IMAGE_MEMBERS = List.of("webp", "png", "jpg", "jpeg");

  private final Path folder;
  private final boolean retrieval;
  private final List<Path> shards;
  private final List<String> classNames;
  private final List<String> templates;

  private DatasetFolder(
      Path folder,
      boolean retrieval,
      List<Path> shards,
      List<String> classNames,
      List<String> templates) {
    this.folder = folder;
    this.retrieval = retrieval;
    this.shards = shards;
    this.classNames = classNames;
    this.templates = templates;
  }

  /** Opens a task's folder, or says what is missing. */
  public static DatasetFolder open(Task task) throws UnavailableException {
    Path folder = task.folder();
    if (folder == null) {
      throw new UnavailableException(
          "no data: set evaluation.datacomp to the folder that holds the DataComp evaluation sets");
    }
    Path count = folder.resolve("test/nshards.txt");
    if (!Files.exists(count)) {
      throw new UnavailableException("no data: expected " + count);
    }
    try {
      boolean retrieval = kind(folder).equals(Task.RETRIEVAL);
      var shards = new ArrayList<Path>();
      int shardCount = shardCount(count);
      for (int i = 0; i < shardCount; i++) {
        Path shard = folder.resolve("test/" + i + ".tar");
        if (!Files.exists(shard)) {
          throw new UnavailableException(
              "incomplete data: " + shard + " is missing of " + shardCount + " shards");
        }
        shards.add(shard);
      }
      List<String> names = retrieval ? List.of() : lines(folder.resolve("classnames.txt"));
      List<String> templates =
          retrieval ? List.of() : lines(folder.resolve("zeroshot_classification_templates.txt"));
      return new DatasetFolder(folder, retrieval, List.copyOf(shards), names, templates);
    } catch (IOException e) {
      throw new UnavailableException("unreadable data in " + folder + ": " + e.getMessage());
    }
  }

  static String kind(Path folder) {
    Path type = folder.resolve("dataset_type.txt");
    try {
      return Files.exists(type) ? Files.readString(type).strip() : Task.CLASSIFICATION;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + type, e);
    }
  }

  private static int shardCount(Path file) throws IOException, UnavailableException {
    String text = Files.readString(file).strip();
    try {
      int count = Integer.parseInt(text);
      if (count > 0) {
        return count;
      }
    } catch (NumberFormatException e) {
      // The same advice as for a count that is not positive.
    }
    throw new UnavailableException(file + " must hold a positive number, but holds '" + text + "'");
  }

  private static List<String> lines(Path file) throws IOException, UnavailableException {
    if (!Files.exists(file)) {
      throw new UnavailableException("incomplete data: expected " + file);
    }
    try (Stream<String> lines = Files.lines(file, UTF_8)) {
      return lines.map(String::strip).toList();
    }
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public List<String> templates() {
    return templates;
  }

  @Override
  public void forEach(Consumer<Sample> consumer) throws IOException {
    for (Path shard : shards) {
      try (var reader = new WebDatasetReader(shard)) {
        for (ShardSample sample : reader) {
          consumer.accept(parse(sample));
        }
      }
    }
  }

  private Sample parse(ShardSample sample) throws UncheckedIOException {
    Map<String, byte[]> members = sample.members();
    byte[] image =
        IMAGE_MEMBERS.stream()
            .filter(members::containsKey)
            .findFirst()
            .map(members::get)
            .orElseThrow(() -> damaged(sample, "no image member"));
    if (retrieval) {
      byte[] text = members.get("txt");
      if (text == null) {
        throw damaged(sample, "no .txt member with captions");
      }
      return new Sample(sample.key(), image, -1, new String(text, UTF_8).lines().toList());
    }
    byte[] label = members.get("cls");
    if (label == null) {
      throw damaged(sample, "no .cls member");
    }
    try {
      int index = Integer.parseInt(new String(label, US_ASCII).strip());
      return new Sample(sample.key(), image, index, List.of());
    } catch (NumberFormatException e) {
      throw damaged(sample, "label is not a number");
    }
  }

  private UncheckedIOException damaged(ShardSample sample, String what) {
    return new UncheckedIOException(
        new IOException("damaged sample " + sample.key() + " in " + folder + ": " + what));
  }

  @Override
  public String fingerprint() throws IOException {
    var digest = Sha256.digest();
    digest.update(String.join("\n", classNames).getBytes(UTF_8));
    digest.update(String.join("\n", templates).getBytes(UTF_8));
    for (Path shard : shards) {
      digest.update(Sha256.hex(shard).getBytes(US_ASCII));
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
