package org.everclip.dashboard.feed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.PipelineMetric;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
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

  /** Where the project keeps the teachers that {@code dashboard.searchModels} names. */
  public static final String TEACHER = "demo/models/teacher-conv";

  public static final String OTHER_TEACHER = "demo/models/teacher-vit";

  private static final int DIM = 16;
  private static final int CROPS = 8;
  private static final AugmentationRecipe RECIPE = AugmentationRecipe.mild();

  private Seed() {}

  /** Everything that the page can show. */
  public static ReadModel model(Instant now, int versions) throws Exception {
    return model(now, versions, new BlobServer.Blobs());
  }

  /** Everything that the page can show; cards and verdicts go to the blobs. */
  public static ReadModel model(Instant now, int versions, BlobServer.Blobs blobs)
      throws Exception {
    var model = new ReadModel(500, 2000);
    model.caughtUp();
    flow(model, now);
    samples(model, now);
    rejections(model, now);
    new SeedTraining(model, now).curves();
    new SeedVersions(model, now, blobs).versions(versions);
    new SeedResults(model, now, blobs).results(versions);
    return model;
  }

  /** All roles have just reported. */
  public static void flow(ReadModel model, Instant now) {
    for (String role : List.of("gate", "reinforce", "trainer", "registry", "evaluator")) {
      reports(model, role, now);
    }
  }

  /** A role has reported. */
  public static void reports(ReadModel model, String role, Instant at) {
    Map<String, Double> figures =
        Map.of("everclip." + role + ".some", 1.0, "everclip.health.port", 40_001.0);
    model.report(new PipelineMetric(role, "4711", figures, true, "", at));
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
      arrives(model, pair);
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

  /** The pair as real teachers see it, one view. */
  public static ReinforcedPair embedded(ReinforcedPair pair, QueryTowers... teachers) {
    var embeddings = new ArrayList<TeacherEmbedding>();
    for (QueryTowers towers : teachers) {
      float[] image = towers.image(pair.getPair().getImage().array());
      embeddings.add(
          new TeacherEmbedding(
              towers.spaceId(),
              image.length,
              "bf16",
              ByteBuffer.wrap(Bfloat16.encode(image)),
              ByteBuffer.allocate(0),
              ByteBuffer.wrap(Bfloat16.encode(towers.text(pair.getPair().getCaption())))));
    }
    return ReinforcedPair.newBuilder(pair).setTeacherEmbeddings(embeddings).build();
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

  /** The newest version was not promoted; the one before it is main. */
  public static int main(int count) {
    return Math.max(1, count - 1);
  }

  /** As if the topics had brought it. */
  public static void arrives(ReadModel model, ReinforcedPair pair) {
    Instant at = pair.getReinforcedTime();
    model.accept(pair.getPair(), at);
    model.reinforce(pair, new Vectors.Place(0, model.counts().reinforced()), at);
  }

  /** All roles are there, one pair was accepted, and nothing has come since. */
  public static ReadModel standingStill(Instant now, ReinforcedPair pair, Instant accepted) {
    var model = new ReadModel(10, 10);
    flow(model, now);
    model.accept(pair.getPair(), accepted);
    model.caughtUp();
    return model;
  }

  /** As if the gate's position had been asked. */
  public static void waits(ReadModel model, long records, Instant since) {
    model.rawWaiting(new Waiting(records, since));
  }

  /** As if a refusal had come. */
  public static void isRefused(ReadModel model, RejectedPair pair) {
    model.reject(pair);
  }

  /** As if the registry did not answer. */
  public static void registryGoes(ReadModel model, String detail) {
    model.registryAway(detail);
  }

  /** As if the brokers did not answer. */
  public static void brokerGoes(ReadModel model, String detail) {
    model.feedTrouble(detail);
  }

  /** As if a tombstone had come. */
  public static void vanishes(ReadModel model, String pairId) {
    model.delete(pairId);
  }
}
