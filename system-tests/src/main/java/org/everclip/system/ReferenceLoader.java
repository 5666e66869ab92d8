package org.everclip.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.everclip.contracts.Sha256;
import org.everclip.formats.datacompdr.DatacompDrReader;
import org.everclip.formats.datacompdr.Matrix;
import org.everclip.formats.datacompdr.PairFacts;
import org.everclip.formats.datacompdr.ReinforcedSample;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;

/**
 * The loader function of the reference's training (ml-mobileclip, {@code
 * training/open_clip_v2.patch}) in a Python of the user's, on shards of ours: what it hands to the
 * training step, against what this project reads and replays.
 *
 * @param python with torch, torchvision, numpy and webdataset
 * @param reference a checkout of ml-mobileclip
 */
record ReferenceLoader(String python, Path reference) {

  private static final String SCRIPT = "reference_loader.py";
  private static final long MINUTES = 10;
  private static final String CAPTIONS = "syn_text";
  private static final int SIZE = 224;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Rows that were compared, what differed, and the versions of the software. */
  record Result(int rows, List<String> differences, String versions) {}

  /** Compares all views of all samples. */
  Result compare(Path folder, List<Path> shards, Map<String, ShardSample> samples, int views)
      throws IOException, InterruptedException {
    Path out = folder.resolve("loader.json");
    Path log = folder.resolve("loader.log");
    Path script = folder.resolve(SCRIPT);
    try (InputStream text =
        Objects.requireNonNull(ReferenceLoader.class.getResourceAsStream(SCRIPT))) {
      Files.write(script, text.readAllBytes());
    }
    Path job = folder.resolve("loader-job.json");
    JSON.writeValue(
        job.toFile(),
        Map.of(
            "reference", reference.toString(),
            "shards", shards.stream().map(Path::toString).toList(),
            "config", shards.get(0).resolveSibling("config.json").toString(),
            "views", views,
            "out", out.toString()));
    Process process =
        new ProcessBuilder(python, script.toString(), job.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!process.waitFor(MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException("the reference's loader failed:\n" + Files.readString(log));
    }
    JsonNode result = JSON.readTree(out.toFile());
    var differences = new ArrayList<String>();
    for (JsonNode row : result.path("rows")) {
      compare(row, samples, differences);
    }
    return new Result(result.path("rows").size(), differences, result.path("versions").asText());
  }

  private static void compare(
      JsonNode row, Map<String, ShardSample> samples, List<String> differences) throws IOException {
    String key = row.path("key").asText();
    int view = row.path("view").asInt();
    ReinforcedSample sample = read(Objects.requireNonNull(samples.get(key), key));
    List<String> captions = Objects.requireNonNull(sample.synthetic().get(CAPTIONS), key);
    Matrix captionRows = Objects.requireNonNull(sample.syntheticEmbeddings().get(CAPTIONS), key);
    int caption = view % captions.size();
    RgbImage picture =
        new ImageDecoder(ImageLimits.defaults()).decodeAsReference(sample.image().orElseThrow());
    RgbImage ours = sample.augmentations().get(view).apply(picture, SIZE);
    Map<String, String> expected =
        Map.of(
            "pixels", Sha256.hex(ours.pixels()),
            "text", sample.caption().orElseThrow(),
            "syn_text", captions.get(caption),
            "image_emb", digest(sample.imageEmbeddings(), view),
            "text_emb", digest(sample.captionEmbedding(), 0),
            "syn_text_emb", digest(captionRows, caption));
    expected.forEach(
        (name, value) -> {
          if (!row.path(name).asText().equals(value)) {
            differences.add(key + " view " + view + ": " + name);
          }
        });
  }

  /** Reads a sample that this project wrote. */
  static ReinforcedSample read(ShardSample members) throws IOException {
    PairFacts facts = facts(members);
    return new DatacompDrReader(facts.teachers().stream().map(PairFacts.Teacher::dim).toList())
        .read(members);
  }

  static PairFacts facts(ShardSample members) {
    return PairFacts.parse(members.member("json").orElseThrow()).orElseThrow();
  }

  private static String digest(Matrix matrix, int row) {
    float[] values = matrix.row(row);
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return Sha256.hex(bytes.array());
  }
}
