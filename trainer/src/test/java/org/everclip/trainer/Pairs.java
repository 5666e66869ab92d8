package org.everclip.trainer;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.embedding.Bfloat16;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.RgbImage;
import org.everclip.trainer.replay.Arrival;

/** Small reinforced pairs whose content follows from their number. */
public final class Pairs {

  public static final String VERSION = "reinforcement-1";
  private static final int AUGMENTATIONS = 2;
  private static final int CAPTIONS = 2;
  private static final int DIM = 8;

  private Pairs() {}

  public static String id(int number) {
    return Sha256.hex("pair " + number).substring(0, 32);
  }

  public static ReinforcedPair pair(int number) {
    return pair(number, 1, "2024", Split.TRAIN, VERSION);
  }

  public static ReinforcedPair pair(
      int number, int revision, String period, Split split, String version) {
    var random = new Random(number);
    RgbImage image = RgbImage.filled(20 + number % 7, 24, random.nextInt(1 << 24));
    byte[] png = ImageEncoder.png(image);
    var accepted =
        AcceptedPair.newBuilder()
            .setPairId(id(number))
            .setRevision(revision)
            .setSource("test")
            .setCaption("picture " + number + " of a colour")
            .setImage(ByteBuffer.wrap(png))
            .setWidth(image.width())
            .setHeight(image.height())
            .setOriginalSha256(Sha256.hex(png))
            .setImageSha256(Sha256.hex(png))
            .setPerceptualHash((long) number)
            .setFirstSeenTime(Instant.EPOCH)
            .setPeriodId(period)
            .setSplit(split)
            .setAttributes(Map.of("license", number % 2 == 0 ? "CC0-1.0" : "CC-BY-4.0"))
            .setRawPosition(new RawPosition("pairs.raw", 0, (long) number))
            .build();
    List<String> augmentations =
        IntStream.range(0, AUGMENTATIONS)
            .mapToObj(i -> AugmentationRecipe.mild().sample(24, 24, 32, random).toJson())
            .toList();
    List<SyntheticCaption> captions =
        IntStream.range(0, CAPTIONS)
            .mapToObj(i -> new SyntheticCaption("caption " + i + " for " + number, "c", "{}"))
            .toList();
    List<TeacherEmbedding> teachers = List.of(teacher("a@1", random), teacher("b@2", random));
    return new ReinforcedPair(
        accepted, version, captions, augmentations, teachers, 0.5f, Instant.EPOCH);
  }

  private static TeacherEmbedding teacher(String id, Random random) {
    return new TeacherEmbedding(
        id, DIM, "bf16", rows(AUGMENTATIONS, random), rows(CAPTIONS, random), rows(1, random));
  }

  private static ByteBuffer rows(int count, Random random) {
    float[] rows = new float[count * DIM];
    for (int row = 0; row < count; row++) {
      double norm = 0;
      for (int i = 0; i < DIM; i++) {
        rows[row * DIM + i] = (float) random.nextGaussian();
        norm += rows[row * DIM + i] * rows[row * DIM + i];
      }
      for (int i = 0; i < DIM; i++) {
        rows[row * DIM + i] /= (float) Math.sqrt(norm);
      }
    }
    return ByteBuffer.wrap(Bfloat16.encode(rows));
  }

  /** Pairs {@code from} to {@code to} (exclusive) as they arrive on partition 0. */
  public static List<Arrival> arrivals(int from, int to, String period) {
    var arrivals = new ArrayList<Arrival>();
    for (int number = from; number < to; number++) {
      arrivals.add(
          new Arrival(id(number), pair(number, 1, period, Split.TRAIN, VERSION), 0, number));
    }
    return arrivals;
  }
}
