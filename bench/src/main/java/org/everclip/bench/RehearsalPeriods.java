package org.everclip.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.Step;
import org.everclip.formats.embedding.Bfloat16;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Resampler;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.everclip.formats.shard.WebDatasetWriter;
import org.everclip.trainer.offline.HeldOut;

/**
 * The periods of a stream: pairs by source (or by their time), some held out of each by the hash of
 * their key, the others reinforced as the stream's are. Kept in a folder, and read from there.
 */
final class RehearsalPeriods {

  static final String VERSION = "rehearsal";
  private static final int SIDE = 64;
  private static final float QUALITY = 0.95f;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Map<String, List<ReinforcedPair>> train = new LinkedHashMap<>();
  private final List<HeldOut> heldOut = new ArrayList<>();

  /** Makes the records of some shards. */
  interface Reinforcer {
    List<StoredPairs.Pair> reinforce(List<Path> shards) throws IOException;
  }

  private record Named(String source, String time, ShardSample sample) {}

  /**
   * Reads the shards.
   *
   * @param periods each a list of sources joined by +; empty: four periods of equal size by time,
   *     of the pairs that have one
   */
  RehearsalPeriods(
      List<String> shards,
      List<String> periods,
      int trainPairs,
      int heldOutPairs,
      Path work,
      Reinforcer reinforcer)
      throws IOException {
    Files.createDirectories(work);
    List<Named> all = read(shards);
    int count = periods.isEmpty() ? 4 : periods.size();
    if (periods.isEmpty()) {
      all.removeIf(named -> named.time().isEmpty());
      all.sort(Comparator.comparing(Named::time).thenComparing(named -> named.sample().key()));
    }
    for (int i = 0; i < count; i++) {
      String name = "period-" + (i + 1);
      List<Named> members;
      if (periods.isEmpty()) {
        members = all.subList(all.size() * i / count, all.size() * (i + 1) / count);
      } else {
        var sources = List.of(periods.get(i).split("\\+"));
        members = all.stream().filter(named -> sources.contains(named.source())).toList();
      }
      Path held = work.resolve(name + "-held.tar");
      Path kept = work.resolve(name + "-train.tar");
      Path reinforced = work.resolve(name + "-reinforced.avro");
      if (!Files.exists(reinforced)) {
        split(members, trainPairs, heldOutPairs, kept, held);
        List<ReinforcedPair> records = new ArrayList<>();
        for (StoredPairs.Pair pair : reinforcer.reinforce(List.of(kept))) {
          records.add(record(pair, name));
        }
        write(records, reinforced);
      }
      heldOut.add(HeldOut.shards(name, List.of(held.toString()), false));
      List<ReinforcedPair> records = readBack(reinforced);
      train.put(name, records);
      System.err.printf(
          "%s: %d to learn from, %d held out%n", name, records.size(), heldOut.get(i).size());
    }
  }

  Map<String, List<ReinforcedPair>> train() {
    return train;
  }

  List<HeldOut> heldOut() {
    return heldOut;
  }

  private static void write(List<ReinforcedPair> records, Path file) throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + ".aside");
    try (var writer =
        new DataFileWriter<ReinforcedPair>(new SpecificDatumWriter<>(ReinforcedPair.class))) {
      writer.create(ReinforcedPair.getClassSchema(), aside.toFile());
      for (ReinforcedPair record : records) {
        writer.append(record);
      }
    }
    Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static List<ReinforcedPair> readBack(Path file) throws IOException {
    var records = new ArrayList<ReinforcedPair>();
    try (var reader =
        new DataFileReader<ReinforcedPair>(
            file.toFile(), new SpecificDatumReader<>(ReinforcedPair.class))) {
      for (ReinforcedPair record : reader) {
        records.add(small(record));
      }
    }
    return records;
  }

  /** No student here sees more than this; the stored crops shrink with the picture. */
  private static ReinforcedPair small(ReinforcedPair record) throws IOException {
    AcceptedPair pair = record.getPair();
    RgbImage image =
        new ImageDecoder(ImageLimits.defaults()).decodeTrusted(pair.getImage().array());
    if (image.width() <= SIDE) {
      return record;
    }
    double scale = (double) SIDE / image.width();
    byte[] bytes = ImageEncoder.jpeg(Resampler.resize(image, SIDE, SIDE, Filter.BICUBIC), QUALITY);
    pair.setImage(ByteBuffer.wrap(bytes));
    pair.setWidth(SIDE);
    pair.setHeight(SIDE);
    record.setAugmentations(
        record.getAugmentations().stream()
            .map(json -> scaled(Augmentation.parse(json), scale).toJson())
            .toList());
    return record;
  }

  private static Augmentation scaled(Augmentation augmentation, double scale) {
    return new Augmentation(
        augmentation.steps().stream()
            .map(step -> step instanceof Step.ResizedCrop crop ? scaled(crop, scale) : step)
            .toList());
  }

  private static Step scaled(Step.ResizedCrop crop, double scale) {
    int height = Math.max(1, (int) Math.round(crop.height() * scale));
    int width = Math.max(1, (int) Math.round(crop.width() * scale));
    int top = Math.min((int) Math.round(crop.top() * scale), SIDE - height);
    int left = Math.min((int) Math.round(crop.left() * scale), SIDE - width);
    return new Step.ResizedCrop(top, left, height, width);
  }

  private static List<Named> read(List<String> patterns) throws IOException {
    var all = new ArrayList<Named>();
    for (String pattern : patterns) {
      for (Path shard : WebDatasetReader.expand(pattern)) {
        try (var reader = new WebDatasetReader(shard)) {
          for (ShardSample sample : reader) {
            JsonNode json = JSON.readTree(sample.member("json").orElseThrow());
            String time = json.path("timestamp").asText("");
            all.add(
                new Named(json.path("source").asText(), time.equals("null") ? "" : time, sample));
          }
        }
      }
    }
    return all;
  }

  /** In the order of the keys' hashes; nothing that is held out shares its caption with another. */
  private static void split(
      List<Named> members, int trainPairs, int heldOutPairs, Path kept, Path held)
      throws IOException {
    var ordered = new ArrayList<>(members);
    ordered.sort(Comparator.comparing(named -> Sha256.hex("split " + named.sample().key())));
    var captions = new HashSet<String>();
    int out = 0;
    int in = 0;
    try (var keptWriter = new WebDatasetWriter(kept);
        var heldWriter = new WebDatasetWriter(held)) {
      for (Named named : ordered) {
        if (out < heldOutPairs && captions.add(caption(named.sample()))) {
          heldWriter.write(named.sample());
          out++;
        } else if (in < trainPairs) {
          keptWriter.write(named.sample());
          in++;
        }
      }
    }
  }

  private static String caption(ShardSample sample) {
    return new String(sample.member("txt").orElseThrow(), UTF_8).strip();
  }

  private static ReinforcedPair record(StoredPairs.Pair pair, String period) {
    byte[] image = ImageEncoder.jpeg(pair.square(), QUALITY);
    String id = Sha256.hex(period + '/' + pair.id()).substring(0, 32);
    var accepted =
        AcceptedPair.newBuilder()
            .setPairId(id)
            .setRevision(1)
            .setSource("bench")
            .setCaption(pair.caption())
            .setImage(ByteBuffer.wrap(image))
            .setWidth(pair.square().width())
            .setHeight(pair.square().height())
            .setOriginalSha256(Sha256.hex(image))
            .setImageSha256(Sha256.hex(image))
            .setPerceptualHash(0L)
            .setFirstSeenTime(Instant.EPOCH)
            .setPeriodId(period)
            .setSplit(Split.TRAIN)
            .setAttributes(Map.of())
            .setRawPosition(new RawPosition("pairs.raw", 0, 0L))
            .build();
    var teachers = new ArrayList<TeacherEmbedding>();
    for (int k = 0; k < pair.real().length; k++) {
      teachers.add(
          new TeacherEmbedding(
              "teacher-" + k,
              pair.real()[k].length,
              "bf16",
              rows(pair.image()[k]),
              rows(pair.synthetic()[k]),
              rows(new float[][] {pair.real()[k]})));
    }
    return new ReinforcedPair(
        accepted,
        VERSION,
        pair.captions().stream().map(text -> new SyntheticCaption(text, "bench", "{}")).toList(),
        pair.augmentations().stream().map(Augmentation::toJson).toList(),
        teachers,
        0.5f,
        Instant.EPOCH);
  }

  private static ByteBuffer rows(float[][] rows) {
    int dim = rows[0].length;
    float[] flat = new float[rows.length * dim];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * dim, dim);
    }
    return ByteBuffer.wrap(Bfloat16.encode(flat));
  }
}
