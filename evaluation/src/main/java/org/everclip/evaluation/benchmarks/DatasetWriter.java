package org.everclip.evaluation.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.everclip.evaluation.task.LocalTask;
import org.everclip.formats.numpy.Npy;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetWriter;
import org.everclip.formats.weights.DenseArray;
import org.everclip.formats.weights.Dtype;
import org.jspecify.annotations.Nullable;

/**
 * Writes a data set in the standard layout, deterministically. The folder appears under its name at
 * {@link #publish}, whole; closed before that, nothing is left. Source: CLIP_benchmark,
 * webdataset_builder.py: keys {@code s%07d} through the whole set, at most 10,000 samples or 1 GB a
 * shard. For one thread.
 */
public final class DatasetWriter implements AutoCloseable {

  private static final int SHARD_SAMPLES = 10_000;
  private static final long SHARD_BYTES = 1_000_000_000;
  private static final Map<String, byte[]> SIGNATURES =
      Map.of(
          "png", new byte[] {(byte) 0x89, 'P', 'N', 'G'},
          "jpg", new byte[] {(byte) 0xff, (byte) 0xd8},
          "webp", new byte[] {'R', 'I', 'F', 'F'});

  private final Path folder;
  private final Path aside;
  private @Nullable WebDatasetWriter shard;
  private int shards;
  private int inShard;
  private long bytesInShard;
  private int samples;

  /**
   * Starts a data set.
   *
   * @throws FileAlreadyExistsException when the folder is there already
   */
  public DatasetWriter(Path folder) throws IOException {
    if (Files.exists(folder)) {
      throw new FileAlreadyExistsException(folder + " is there already; remove it first");
    }
    this.folder = folder;
    this.aside = folder.resolveSibling("." + folder.getFileName() + ".part");
    remove(aside);
    Files.createDirectories(aside.resolve("test"));
  }

  /** Adds a picture of a class, with its metadata row if it has one. */
  public void labelled(byte[] image, int label, long[] metadata) throws IOException {
    var members = new LinkedHashMap<String, byte[]>();
    members.put("cls", Integer.toString(label).getBytes(US_ASCII));
    if (metadata.length > 0) {
      members.put("npy", row(metadata));
    }
    members.put(extension(image), image);
    write(members);
  }

  /** Adds a picture with its captions, in which a line's end becomes a blank. */
  public void captioned(byte[] image, List<String> captions) throws IOException {
    var lines = captions.stream().map(caption -> caption.replaceAll("\\R", " ")).toList();
    var members = new LinkedHashMap<String, byte[]>();
    members.put(extension(image), image);
    members.put("txt", String.join("\n", lines).getBytes(UTF_8));
    write(members);
  }

  /** Adds a sample by its members, for forms that have no method of their own here. */
  public void write(Map<String, byte[]> members) throws IOException {
    long bytes = members.values().stream().mapToLong(member -> member.length).sum();
    if (shard != null && (inShard == SHARD_SAMPLES || bytesInShard + bytes > SHARD_BYTES)) {
      shard.close();
      shard = null;
    }
    if (shard == null) {
      shard = new WebDatasetWriter(aside.resolve("test/" + shards++ + ".tar"));
      inShard = 0;
      bytesInShard = 0;
    }
    shard.write(new ShardSample(String.format(Locale.ROOT, "s%07d", samples++), members));
    inShard++;
    bytesInShard += bytes;
  }

  /** Samples so far. */
  public int samples() {
    return samples;
  }

  /** Writes the lists of a data set with prompts. */
  public void prompts(List<String> classNames, List<String> templates) throws IOException {
    Files.writeString(aside.resolve("classnames.txt"), lines(classNames));
    Files.writeString(aside.resolve("zeroshot_classification_templates.txt"), lines(templates));
  }

  /** Says what form the data set has; without it, it is classification. */
  public void kind(String kind) throws IOException {
    Files.writeString(aside.resolve("dataset_type.txt"), kind);
  }

  /** Writes what the team says about its data set. */
  public void describe(LocalTask task) throws IOException {
    JsonMapper.builder()
        .defaultPropertyInclusion(
            JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
        .build()
        .writerWithDefaultPrettyPrinter()
        .writeValue(aside.resolve(LocalTask.FILE).toFile(), task);
  }

  /** Makes the data set appear under its name. */
  public void publish() throws IOException {
    if (samples == 0) {
      throw new IOException("there is no picture to write");
    }
    if (shard != null) {
      shard.close();
      shard = null;
    }
    Files.writeString(aside.resolve("test/nshards.txt"), Integer.toString(shards));
    Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    if (shard != null) {
      shard.abandon();
      shard.close();
    }
    remove(aside);
  }

  private static String lines(List<String> lines) {
    return String.join("\n", lines) + "\n";
  }

  /** A metadata row as its member holds it. */
  public static byte[] row(long... row) {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES * row.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : row) {
      bytes.putLong(value);
    }
    return Npy.write(new DenseArray(Dtype.I64, new long[] {row.length}, bytes.array()));
  }

  private static String extension(byte[] image) {
    for (var signature : SIGNATURES.entrySet()) {
      byte[] start = signature.getValue();
      if (image.length > start.length
          && java.util.Arrays.equals(image, 0, start.length, start, 0, start.length)) {
        return signature.getKey();
      }
    }
    throw new IllegalArgumentException("a benchmark's pictures are PNG, JPEG or WebP");
  }

  private static void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
