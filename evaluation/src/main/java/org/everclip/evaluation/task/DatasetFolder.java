package org.everclip.evaluation.task;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.everclip.contracts.Sha256;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;

/**
 * A data set in the standard layout of the webdataset benchmarks: {@code classnames.txt}, {@code
 * zeroshot_classification_templates.txt}, {@code test/nshards.txt}, {@code test/N.tar}; source:
 * LAION-AI/CLIP_benchmark, datasets/builder.py, build_wds_dataset. What is missing or damaged is
 * said, never skipped.
 */
public final class DatasetFolder implements SampleSource {

  static final String CLASSIFICATION = "classification";

  private final Scoring scoring;
  private final List<Path> shards;
  private final List<String> classNames;
  private final List<String> templates;
  private final SampleParser parser;

  private DatasetFolder(
      Path folder,
      Scoring scoring,
      List<Path> shards,
      List<String> classNames,
      List<String> templates) {
    this.scoring = scoring;
    this.shards = shards;
    this.classNames = classNames;
    this.templates = templates;
    this.parser = new SampleParser(folder, scoring, classNames.size());
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
    if (task.group().equals(Task.LOCAL)) {
      LocalTask.read(folder);
    }
    checkKind(folder, task.scoring());
    boolean prompted = prompted(task.scoring());
    return new DatasetFolder(
        folder,
        task.scoring(),
        shards(count),
        prompted ? lines(folder.resolve("classnames.txt")) : List.of(),
        prompted ? lines(folder.resolve("zeroshot_classification_templates.txt")) : List.of());
  }

  /** The content of {@code dataset_type.txt}; without one it is classification. */
  static String kind(Path folder) throws UnavailableException {
    Path type = folder.resolve("dataset_type.txt");
    try {
      return Files.exists(type)
          ? Files.readString(type).strip().toLowerCase(Locale.ROOT)
          : CLASSIFICATION;
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + type + ": " + e.getMessage());
    }
  }

  /** The content of {@code dataset_type.txt} that says so. */
  public static String kind(Scoring scoring) {
    if (scoring instanceof Scoring.Retrieval) {
      return "retrieval";
    }
    if (scoring instanceof Scoring.MultiLabel) {
      return "multilabel";
    }
    if (scoring instanceof Scoring.Association) {
      return "association";
    }
    return scoring instanceof Scoring.Choice ? "choice" : CLASSIFICATION;
  }

  private static void checkKind(Path folder, Scoring scoring) throws UnavailableException {
    String said = kind(folder);
    String expected = kind(scoring);
    if (!said.equals(expected)) {
      throw new UnavailableException(
          "%s says '%s', the task is %s"
              .formatted(folder.resolve("dataset_type.txt"), said, expected));
    }
  }

  private static boolean prompted(Scoring scoring) {
    return scoring instanceof Scoring.Classification
        || scoring instanceof Scoring.MultiLabel
        || scoring instanceof Scoring.Faces;
  }

  private static List<Path> shards(Path count) throws UnavailableException {
    var shards = new ArrayList<Path>();
    int expected = shardCount(count);
    for (int i = 0; i < expected; i++) {
      Path shard = count.resolveSibling(i + ".tar");
      if (!Files.isRegularFile(shard)) {
        throw new UnavailableException(
            "incomplete data: " + shard + " is missing of " + expected + " shards");
      }
      shards.add(shard);
    }
    return List.copyOf(shards);
  }

  private static int shardCount(Path file) throws UnavailableException {
    String text;
    try {
      text = Files.readString(file).strip();
      int count = Integer.parseInt(text);
      if (count > 0) {
        return count;
      }
    } catch (NumberFormatException e) {
      throw new UnavailableException(file + " must hold a positive number");
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + file + ": " + e.getMessage());
    }
    throw new UnavailableException(file + " must hold a positive number, but holds '" + text + "'");
  }

  private static List<String> lines(Path file) throws UnavailableException {
    if (!Files.exists(file)) {
      throw new UnavailableException("incomplete data: expected " + file);
    }
    try {
      List<String> lines =
          PythonLines.of(Files.readString(file, UTF_8)).stream().map(String::strip).toList();
      if (lines.stream().allMatch(String::isEmpty)) {
        throw new UnavailableException("empty data: " + file + " holds no line");
      }
      return lines;
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + file + ": " + e.getMessage());
    }
  }

  @Override
  public Scoring scoring() {
    return scoring;
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
        if (!reader.hasNext()) {
          // For example a pointer of Git LFS in place of the file.
          throw new DamagedDataException(
              "%s (%d bytes) holds no sample".formatted(shard, Files.size(shard)));
        }
        for (ShardSample sample : reader) {
          consumer.accept(parser.parse(sample));
        }
      }
    }
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
