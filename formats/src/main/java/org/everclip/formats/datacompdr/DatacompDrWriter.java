package org.everclip.formats.datacompdr;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.numpy.Npz;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.weights.DenseArray;
import org.everclip.formats.weights.Dtype;
import org.everclip.formats.weights.TorchWriter;

/**
 * Writes samples so that both generations of the reference's training read them: with one
 * captioner, its rows below the original caption's (the published layout); with more, rows of their
 * own. The same sample gives the same bytes. Thread-safe.
 */
public final class DatacompDrWriter {
  /** How embeddings are stored. */
  public enum Encoding {
    /** float32, as DataCompDR-12M and 1B. */
    NPZ,
    /** bfloat16, as DataCompDR-12M-bf16; rounds to nearest even. */
    PTH_GZ
  }

  /** How parameters are stored. */
  public enum Parameters {
    /** A list; what the reference's training takes. */
    LIST,
    /** A text that holds the list, as the published sets' cards declare it. */
    TEXT
  }

  private static final String ONLY_CAPTIONER = "syn_text";
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final Encoding encoding;
  private final Parameters parameters;

  /** Writes parameters as a list. */
  public DatacompDrWriter(Encoding encoding) {
    this(encoding, Parameters.LIST);
  }

  public DatacompDrWriter(Encoding encoding, Parameters parameters) {
    this.encoding = encoding;
    this.parameters = parameters;
  }

  /** Returns the sample's members, in the order in which the reference writes them. */
  public ShardSample members(ReinforcedSample sample) {
    Map<String, byte[]> members = new TreeMap<>();
    sample.image().ifPresent(image -> members.put(extension(image), image));
    sample.rest().ifPresent(json -> members.put("json", utf8(json)));
    sample.caption().ifPresent(caption -> members.put("txt", utf8(caption)));
    sample.url().ifPresent(url -> members.put("url.txt", utf8(url)));
    members.put("paug.json", utf8(parameters(sample)));
    members.put("syn.json", utf8(captions(sample)));
    Map<String, DenseArray> rows = new LinkedHashMap<>();
    rows(sample).forEach((name, matrix) -> rows.put(name, array(matrix)));
    if (encoding == Encoding.NPZ) {
      members.put("npz", Npz.write(rows));
    } else {
      members.put("pth.gz", gzip(TorchWriter.bytes(rows)));
    }
    return new ShardSample(sample.key(), members);
  }

  private static String extension(byte[] image) {
    boolean png = image.length > 4 && (image[0] & 0xff) == 0x89 && image[1] == 'P';
    boolean webp = image.length > 12 && image[0] == 'R' && image[8] == 'W';
    return png ? "png" : webp ? "webp" : "jpg";
  }

  private String parameters(ReinforcedSample sample) {
    String list =
        sample.augmentations().stream()
            .map(Augmentation::toJson)
            .collect(Collectors.joining(", ", "[", "]"));
    return "{\"%s\": %s}"
        .formatted(
            DatacompDrReader.PARAMETERS, parameters == Parameters.TEXT ? quoted(list) : list);
  }

  private static String captions(ReinforcedSample sample) {
    List<String> fields = new ArrayList<>();
    sample
        .synthetic()
        .forEach(
            (name, texts) ->
                fields.add(
                    texts.stream()
                        .map(DatacompDrWriter::quoted)
                        .collect(Collectors.joining(", ", quoted(name) + ": [", "]"))));
    return "{" + String.join(", ", fields) + "}";
  }

  private static String quoted(String text) {
    try {
      return JSON.writeValueAsString(text);
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException("a text is always JSON", impossible);
    }
  }

  private static Map<String, Matrix> rows(ReinforcedSample sample) {
    Map<String, Matrix> rows = new LinkedHashMap<>();
    rows.put(DatacompDrReader.IMAGE_ROWS, sample.imageEmbeddings());
    Matrix only = sample.syntheticEmbeddings().get(ONLY_CAPTIONER);
    if (only != null && only.rows() > 0 && sample.syntheticEmbeddings().size() == 1) {
      rows.put(DatacompDrReader.TEXT_ROWS, sample.captionEmbedding().above(only));
      return rows;
    }
    rows.put(DatacompDrReader.TEXT_ROWS, sample.captionEmbedding());
    sample
        .syntheticEmbeddings()
        .forEach((name, matrix) -> rows.put(name + DatacompDrReader.ROWS_SUFFIX, matrix));
    return rows;
  }

  private DenseArray array(Matrix matrix) {
    Dtype type = encoding == Encoding.NPZ ? Dtype.F32 : Dtype.BF16;
    long[] shape = {matrix.rows(), matrix.columns()};
    return DenseArray.of(type, shape, matrix.values());
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException impossible) {
      throw new UncheckedIOException("memory cannot fail", impossible);
    }
    return out.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
