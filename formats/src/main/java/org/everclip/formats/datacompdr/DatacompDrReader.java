package org.everclip.formats.datacompdr;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.everclip.formats.archive.Gunzip;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.numpy.Npz;
import org.everclip.formats.shard.ShardException;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.weights.DenseArray;
import org.everclip.formats.weights.TensorInfo;
import org.everclip.formats.weights.TorchFile;

/**
 * Reads the members of a sample in either layout and encoding that was published (reference:
 * dataset format, sections 2 to 5): parameters as a list or as a text of it; embeddings as npz or
 * as a gzipped dictionary of torch; rows of the synthetic captions below the original's or of their
 * own. Thread-safe.
 */
public final class DatacompDrReader {
  static final String PARAMETERS = "param_aug";
  static final String IMAGE_ROWS = "image_emb";
  static final String TEXT_ROWS = "text_emb";
  static final String ROWS_SUFFIX = "_emb";

  private static final String CAPTIONS_PREFIX = "syn_text";
  private static final int MAX_UNPACKED_BYTES = 64 << 20;
  private static final int MAX_ROWS = 1000;
  private static final double NORM_TOLERANCE = 1e-2;
  private static final JsonMapper JSON = new JsonMapper();

  private final List<Integer> teacherDimensions;

  /**
   * A reader of sets with these teachers.
   *
   * @param teacherDimensions in the order of the set; 768 and 768 for the published ones
   */
  public DatacompDrReader(List<Integer> teacherDimensions) {
    this.teacherDimensions = List.copyOf(teacherDimensions);
  }

  /** Whether a sample has what the reference's training needs beside image and caption. */
  public static boolean isReinforced(ShardSample sample) {
    return sample.member("syn.json").isPresent()
        && sample.member("paug.json").isPresent()
        && sample.member("npz", "pth.gz").isPresent();
  }

  /**
   * Reads a sample.
   *
   * @throws ShardException when a member is missing, broken or does not fit the others
   */
  public ReinforcedSample read(ShardSample sample) throws IOException {
    try {
      Map<String, List<String>> captions = captions(json(sample, "syn.json"));
      Map<String, Matrix> rows = embeddings(sample);
      return new ReinforcedSample(
          sample.key(),
          sample.image(),
          text(sample, "txt"),
          text(sample, "url.txt"),
          augmentations(json(sample, "paug.json").path(PARAMETERS)),
          captions,
          take(rows, IMAGE_ROWS),
          take(rows, TEXT_ROWS).rows(0, 1),
          syntheticRows(captions, rows),
          text(sample, "json"));
    } catch (IllegalArgumentException | IOException broken) {
      String message = String.valueOf(broken.getMessage());
      String prefix = "sample " + sample.key() + ": ";
      throw new ShardException(message.startsWith(prefix) ? message : prefix + message, broken);
    }
  }

  private static Optional<String> text(ShardSample sample, String extension) {
    return sample.member(extension).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  private static JsonNode json(ShardSample sample, String extension) throws IOException {
    byte[] bytes =
        sample
            .member(extension)
            .orElseThrow(() -> new IllegalArgumentException("member " + extension + " is missing"));
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException broken) {
      throw new IllegalArgumentException(
          extension + " is not JSON: " + broken.getOriginalMessage(), broken);
    }
  }

  private static List<Augmentation> augmentations(JsonNode parameters) throws IOException {
    JsonNode list = parameters.isTextual() ? JSON.readTree(parameters.textValue()) : parameters;
    if (!list.isArray() || list.size() > MAX_ROWS) {
      throw new IllegalArgumentException(
          "paug.json: expected " + PARAMETERS + ", a list of at most " + MAX_ROWS + " entries");
    }
    List<Augmentation> augmentations = new ArrayList<>();
    list.forEach(entry -> augmentations.add(Augmentation.parse(entry.toString())));
    return augmentations;
  }

  private static Map<String, List<String>> captions(JsonNode root) {
    Map<String, List<String>> captions = new TreeMap<>();
    root.properties()
        .forEach(
            field -> {
              if (field.getKey().startsWith(CAPTIONS_PREFIX)) {
                captions.put(field.getKey(), texts(field.getKey(), field.getValue()));
              }
            });
    if (captions.isEmpty()) {
      throw new IllegalArgumentException(
          "syn.json: expected captions under names that begin with " + CAPTIONS_PREFIX);
    }
    return captions;
  }

  private static List<String> texts(String name, JsonNode list) {
    if (!list.isArray() || list.size() > MAX_ROWS) {
      throw new IllegalArgumentException(
          "syn.json: expected a list of at most " + MAX_ROWS + " texts under " + name);
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode text : list) {
      if (!text.isTextual()) {
        throw new IllegalArgumentException("syn.json: expected texts under " + name);
      }
      texts.add(text.textValue());
    }
    return texts;
  }

  /** Old layout: all texts in one matrix, the original first. New: a matrix a captioner. */
  private static Map<String, Matrix> syntheticRows(
      Map<String, List<String>> captions, Map<String, Matrix> rows) {
    Matrix texts = take(rows, TEXT_ROWS);
    Map<String, Matrix> synthetic = new LinkedHashMap<>();
    for (String name : captions.keySet()) {
      boolean together = texts.rows() > 1;
      if (together && captions.size() > 1) {
        throw new IllegalArgumentException(
            TEXT_ROWS + " has the rows of " + captions.keySet() + " and does not say whose");
      }
      synthetic.put(name, together ? texts.rows(1, texts.rows()) : take(rows, name + ROWS_SUFFIX));
    }
    return synthetic;
  }

  private static Matrix take(Map<String, Matrix> rows, String name) {
    Matrix matrix = rows.get(name);
    if (matrix == null) {
      throw new IllegalArgumentException(
          "embeddings " + name + " are missing; there are " + rows.keySet());
    }
    return matrix;
  }

  private Map<String, Matrix> embeddings(ShardSample sample) throws IOException {
    Map<String, Matrix> rows = new LinkedHashMap<>();
    Optional<byte[]> npz = sample.member("npz");
    if (npz.isPresent()) {
      for (Map.Entry<String, DenseArray> array :
          Npz.read(npz.get(), MAX_UNPACKED_BYTES).entrySet()) {
        rows.put(
            array.getKey(),
            matrix(array.getKey(), array.getValue().shape(), array.getValue().floats()));
      }
      return rows;
    }
    byte[] gzip =
        sample
            .member("pth.gz")
            .orElseThrow(() -> new IllegalArgumentException("member npz or pth.gz is missing"));
    try (TorchFile file = TorchFile.of(Gunzip.bytes(gzip, MAX_UNPACKED_BYTES))) {
      for (TensorInfo tensor : file.tensors().values()) {
        rows.put(tensor.name(), matrix(tensor.name(), tensor.shape(), file.floats(tensor.name())));
      }
    }
    return rows;
  }

  private Matrix matrix(String name, long[] shape, float[] values) {
    int columns = teacherDimensions.stream().mapToInt(Integer::intValue).sum();
    if (shape.length != 2 || shape[1] != columns || shape[0] > MAX_ROWS) {
      throw new IllegalArgumentException(
          "%s: expected at most %d rows of %d values, one block a teacher of %s, got %s"
              .formatted(
                  name, MAX_ROWS, columns, teacherDimensions, java.util.Arrays.toString(shape)));
    }
    Matrix matrix = new Matrix((int) shape[0], columns, values);
    for (int row = 0; row < matrix.rows(); row++) {
      checkNorms(name, row, matrix);
    }
    return matrix;
  }

  private void checkNorms(String name, int row, Matrix matrix) {
    int at = row * matrix.columns();
    for (int dimension : teacherDimensions) {
      double square = 0;
      for (int i = 0; i < dimension; i++, at++) {
        square += (double) matrix.values()[at] * matrix.values()[at];
      }
      // Written so that a NaN fails.
      if (!(Math.abs(Math.sqrt(square) - 1) <= NORM_TOLERANCE)) {
        throw new IllegalArgumentException(
            "%s: expected unit length of each teacher's block, row %d has %.4f"
                .formatted(name, row, Math.sqrt(square)));
      }
    }
  }
}
