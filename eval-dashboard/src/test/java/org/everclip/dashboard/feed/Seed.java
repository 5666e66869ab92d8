package org.everclip.dashboard.feed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.everclip.contracts.avro.PipelineMetric;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.contracts.avro.TrainingMetric;
import org.everclip.contracts.registry.AliasMove;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.SignedManifest;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.dashboard.search.QueryTowers;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.embedding.Bfloat16;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;

/** Fills a read model by hand: the demo's held-out pictures, made-up figures, hostile captions. */
public final class Seed {

  public static final String SCRIPT =
      "<script>window.hacked = 1</script><img src=x onerror=\"window.hacked = 1\">";
  public static final String ARABIC = "قطة صغيرة نائمة على أريكة زرقاء بجانب النافذة";
  public static final String LONG = "endless-".repeat(1250);
  public static final String MODEL = "demo";

  /** Where the project keeps the teacher that {@code dashboard.searchModel} names. */
  public static final String TEACHER = "demo/models/teacher-conv";

  private static final int DIM = 16;
  private static final int CROPS = 8;
  private static final AugmentationRecipe RECIPE = AugmentationRecipe.mild();

  private Seed() {}

  /** Everything that the page can show. */
  public static ReadModel model(Instant now, int versions) throws Exception {
    var model = new ReadModel(500);
    model.caughtUp();
    flow(model, now);
    samples(model, now);
    rejections(model, now);
    curves(model, now);
    versions(model, now, versions);
    results(model, now, versions);
    return model;
  }

  /** All roles have just reported. */
  public static void flow(ReadModel model, Instant now) {
    for (String role : List.of("gate", "reinforce", "trainer", "registry", "evaluator")) {
      model.report(new PipelineMetric(role, "4711", Map.of("everclip.some", 1.0), true, "", now));
    }
  }

  /** A picture of the demo with its caption. */
  public record Picture(String caption, byte[] bytes) {}

  /** The first of the demo's held-out pictures. */
  public static List<Picture> pictures(int count) throws IOException {
    var pictures = new ArrayList<Picture>();
    Path shard = Path.of(System.getProperty("everclip.project"), "demo/val-permissive/000000.tar");
    try (var reader = new WebDatasetReader(shard)) {
      while (reader.hasNext() && pictures.size() < count) {
        ShardSample sample = reader.next();
        byte[] text = sample.member("txt").orElseThrow();
        pictures.add(
            new Picture(
                new String(text, StandardCharsets.UTF_8).strip(), sample.image().orElseThrow()));
      }
    }
    return pictures;
  }

  private static void samples(ReadModel model, Instant now) throws Exception {
    var captions = new ArrayList<String>();
    var images = new ArrayList<byte[]>();
    for (Picture picture : pictures(30)) {
      captions.add(picture.caption());
      images.add(picture.bytes());
    }
    captions.set(29, SCRIPT);
    captions.set(28, ARABIC);
    captions.set(27, LONG);
    for (int i = 0; i < images.size(); i++) {
      ReinforcedPair pair = pair("pair-%02d".formatted(i), captions.get(i), images.get(i), i, now);
      model.accept(pair.getPair());
      model.reinforce(pair);
    }
  }

  /** One reinforced pair with eight augmentations and two teachers. */
  public static ReinforcedPair pair(
      String id, String caption, byte[] image, int number, Instant now) {
    RgbImage pixels = new ImageDecoder(ImageLimits.defaults()).decodeTrusted(image);
    int side = Math.max(pixels.width(), pixels.height());
    var augmentations = new ArrayList<String>();
    for (int a = 0; a < CROPS; a++) {
      augmentations.add(
          RECIPE.sample(side, side, 96, AugmentationRecipe.seeded(id, 1, a)).toJson());
    }
    var captions = new ArrayList<SyntheticCaption>();
    for (int s = 0; s < 5; s++) {
      String text = caption.length() > 100 ? caption : "a drawing of " + caption + ", take " + s;
      captions.add(new SyntheticCaption(text, "captioner@abc123", "{\"topP\":0.9}"));
    }
    var accepted =
        AcceptedPair.newBuilder()
            .setPairId(id)
            .setRevision(1)
            .setSource(number % 3 == 0 ? "folder:<b>art</b>" : "demo")
            .setCaption(caption)
            .setImage(ByteBuffer.wrap(image))
            .setWidth(pixels.width())
            .setHeight(pixels.height())
            .setOriginalSha256("0".repeat(64))
            .setImageSha256("0".repeat(64))
            .setPerceptualHash(number)
            .setFirstSeenTime(now)
            .setPeriodId(number % 2 == 0 ? "2024" : "2025")
            .setSplit(number % 7 == 0 ? Split.HOLDOUT : Split.TRAIN)
            .setAttributes(Map.of("licence", "CC0-1.0"))
            .setRawPosition(new RawPosition("pairs.raw", number % 8, (long) number))
            .build();
    return new ReinforcedPair(
        accepted,
        "b4a1f00d5eed",
        captions,
        augmentations,
        List.of(teacher("teacher-conv@0123456789ab"), teacher("teacher-vit@ba9876543210")),
        0.31f,
        now);
  }

  /** The pair as a real teacher sees it, one view. */
  public static ReinforcedPair embedded(ReinforcedPair pair, QueryTowers towers) {
    float[] image = towers.image(pair.getPair().getImage().array());
    var embedding =
        new TeacherEmbedding(
            towers.spaceId(),
            image.length,
            "bf16",
            ByteBuffer.wrap(Bfloat16.encode(image)),
            ByteBuffer.allocate(0),
            ByteBuffer.wrap(Bfloat16.encode(towers.text(pair.getPair().getCaption()))));
    return ReinforcedPair.newBuilder(pair).setTeacherEmbeddings(List.of(embedding)).build();
  }

  /** Rows whose cosine with the picture is exactly 0.5 (real) and 1 (each synthetic caption). */
  private static TeacherEmbedding teacher(String id) {
    float[] image = new float[CROPS * DIM];
    float[] captions = new float[5 * DIM];
    float[] text = new float[DIM];
    for (int a = 0; a < CROPS; a++) {
      image[a * DIM] = 1;
    }
    for (int s = 0; s < 5; s++) {
      captions[s * DIM] = 1;
    }
    text[0] = 0.5f;
    return new TeacherEmbedding(
        id,
        DIM,
        "bf16",
        ByteBuffer.wrap(Bfloat16.encode(image)),
        ByteBuffer.wrap(Bfloat16.encode(captions)),
        ByteBuffer.wrap(Bfloat16.encode(text)));
  }

  /** A small picture of one colour. */
  public static byte[] picture(int rgb) {
    return ImageEncoder.png(RgbImage.filled(40, 30, rgb));
  }

  private static void rejections(ReadModel model, Instant now) {
    RejectionReason[] reasons = {
      RejectionReason.DUPLICATE_EXACT,
      RejectionReason.DUPLICATE_EXACT,
      RejectionReason.DUPLICATE_NEAR,
      RejectionReason.UNDECODABLE_RECORD,
      RejectionReason.IMAGE_TRUNCATED
    };
    for (int i = 0; i < reasons.length; i++) {
      model.reject(rejection(reasons[i], i, now));
    }
  }

  /** A refusal with a hostile detail. */
  public static RejectedPair rejection(RejectionReason reason, int offset, Instant now) {
    return RejectedPair.newBuilder()
        .setReason(reason)
        .setStage(RejectionStage.GATE)
        .setDetail("expected a pair, but got " + SCRIPT)
        .setSource("demo")
        .setRawPosition(new RawPosition("pairs.raw", 3, (long) offset))
        .setSizeBytes(1234)
        .setHead(ByteBuffer.wrap("\u0000{\"caption\"<script>".getBytes(StandardCharsets.UTF_8)))
        .setRejectedTime(now)
        .build();
  }

  private static void curves(ReadModel model, Instant now) {
    var random = new Random(1);
    for (int step = 1; step <= 1500; step++) {
      model.point(point(step, now, Math.exp(-step / 500.0) * 3 + 1 + random.nextDouble() / 5));
    }
    for (int version = 1; version <= 5; version++) {
      model.point(
          new TrainingMetric(
              "demo-1",
              MODEL,
              version,
              300L * version,
              Map.of("publishedVersion", 1.0 * version),
              now));
    }
  }

  /** One step's figures. */
  public static TrainingMetric point(long step, Instant now, double loss) {
    var values = new HashMap<String, Double>();
    values.put("loss", loss);
    values.put("lossClip", loss * 0.6);
    values.put("lossDistill", loss * 0.4);
    values.put("learningRate", 0.001 * Math.min(1, step / 100.0));
    values.put("gradientNorm", 1.5);
    values.put("logitScale", 14.3);
    values.put("samplesPerSecond", 210.0);
    values.put("replayShare", 0.5);
    values.put("stepSeconds", 0.5);
    values.put("dataSeconds", 0.01);
    values.put("otherSeconds", 0.02);
    values.put("gflopsPerSecond", 41.0);
    values.put("quarantined", step < 700 ? 0.0 : 1.0);
    return new TrainingMetric("demo-1", MODEL, (int) (step / 300), step, values, now);
  }

  private static void versions(ReadModel model, Instant now, int count) throws Exception {
    KeyPair key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    var versions = new ArrayList<VersionInfo>();
    for (int version = 1; version <= count; version++) {
      var manifest =
          new Manifest(
              MODEL,
              version,
              version == 1 ? null : version - 1,
              version,
              300L * version,
              now.minusSeconds(600L * (count - version)),
              List.of(new FileEntry("model.safetensors", "a".repeat(64), 9_000_000)),
              Map.of("pairs.reinforced/0", 120L * version),
              "b4a1f00d5eed",
              List.of("Apache-2.0"),
              version == 1 ? "" : "c".repeat(64),
              Map.of("architecture", "mobileclip-nano", "periods", List.of("2024", "2025")),
              Manifest.FORMAT);
      var aliases = new ArrayList<String>();
      if (version == count) {
        aliases.add("latest");
      }
      if (version == main(count)) {
        aliases.add("main");
      }
      versions.add(
          VersionInfo.of(
              SignedManifest.sign(manifest, key.getPrivate(), key.getPublic()), aliases, false));
    }
    model.versions(
        Map.of(MODEL, versions),
        Map.of(
            MODEL,
            List.of(
                new AliasMove(
                    "main", main(count), 1, "promotion gate", "mean over 4 tasks rises", now))));
  }

  /** The newest version was not promoted; the one before it is main. */
  public static int main(int count) {
    return Math.max(1, count - 1);
  }

  private static void results(ReadModel model, Instant now, int count) {
    for (int version = 1; version <= count; version++) {
      double gain = version == count ? -0.06 : 0.02 * Math.min(version, 10);
      done(model, version, "local", "local/clipart_category", "acc1", 0.18 + gain, now);
      done(model, version, "local", "local/emoji_category", "acc1", 0.31 + gain / 2, now);
      done(model, version, "local", "local/emoji_retrieval", "mean_recall@5", 0.22 + gain, now);
      done(model, version, "holdout", "holdout/all", "mean_recall@5", 0.35 + gain, now);
      for (int task = 1; task <= 38; task++) {
        result(
            model,
            base(version, "datacomp", "datacomp/task%02d".formatted(task), "acc1", now)
                .setStatus(EvaluationStatus.NOT_AVAILABLE)
                .setDetail("no data: evaluation.datacomp names no folder")
                .build());
      }
      decision(model, version, version != count, count, now);
    }
  }

  private static void done(
      ReadModel model,
      int version,
      String group,
      String task,
      String metric,
      double value,
      Instant now) {
    result(
        model,
        base(version, group, task, metric, now)
            .setStatus(EvaluationStatus.DONE)
            .setValue(value)
            .setLow(value - 0.04)
            .setHigh(value + 0.04)
            .setSamples(420)
            .setSeconds(1.5)
            .build());
  }

  /** Says what became of a version. */
  public static void decision(
      ReadModel model, int version, boolean promoted, int count, Instant now) {
    var metrics = new HashMap<String, Double>();
    if (version > 1) {
      metrics.put("delta:local/clipart_category", promoted ? 0.02 : -0.24);
      metrics.put("delta:local/emoji_category", promoted ? 0.01 : -0.12);
      metrics.put("delta:holdout/all", promoted ? 0.02 : -0.14);
      metrics.put("flips.shared", 400.0);
      metrics.put("flips.negative", promoted ? 20.0 : 140.0);
      metrics.put("flips.positive", 35.0);
    }
    metrics.put("against", (double) (version == count ? main(count) : version - 1));
    result(
        model,
        base(version, "decision", "promotion", "promoted", now)
            .setSuite("decision")
            .setStatus(EvaluationStatus.DONE)
            .setDetail(
                promoted
                    ? "promoted: mean over 4 tasks changes by 1.8 points; 20 of 400 samples flip"
                    : "not promoted: local/clipart_category falls by 24.0 points, more than the"
                        + " allowed 10.0 plus its noise of 4.0; 140 of 400 samples flip from right"
                        + " to wrong (35.0 %), allowed are 25.0 %")
            .setValue(promoted ? 1.0 : 0.0)
            .setMetrics(metrics)
            .build());
  }

  private static EvaluationResult.Builder base(
      int version, String group, String task, String metric, Instant now) {
    return EvaluationResult.newBuilder()
        .setModel(MODEL)
        .setVersion(version)
        .setSuite("5u1te")
        .setTask(task)
        .setGroup(group)
        .setMainMetric(metric)
        .setTime(now);
  }

  private static void result(ReadModel model, EvaluationResult result) {
    model.result(
        String.join(
            "/",
            result.getModel(),
            Integer.toString(result.getVersion()),
            result.getSuite(),
            result.getTask()),
        result);
  }

  /** As if the topics had brought it. */
  public static void arrives(ReadModel model, ReinforcedPair pair) {
    model.accept(pair.getPair());
    model.reinforce(pair);
  }

  /** As if a tombstone had come. */
  public static void vanishes(ReadModel model, String pairId) {
    model.delete(pairId);
  }
}
