package org.everclip.system;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntPredicate;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.clip.ClipModel;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.embedding.Bfloat16;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.RgbImage;

/**
 * Seeded reinforced pairs: pictures of coloured blocks with captions that name the colours, and
 * teachers who tell the pairs apart. What a pair holds follows from its number alone. Immutable.
 *
 * @param side of the pictures
 * @param views stored augmentations of each
 * @param captions synthetic captions of each
 * @param dims of the teachers' rows
 */
public record ReinforcedPairs(
    int side, int views, int captions, List<Integer> dims, long seed, String version) {

  private static final List<String> COLOURS =
      List.of("black", "red", "green", "yellow", "blue", "pink", "cyan", "white");

  /** Small ones, for proofs. */
  public static ReinforcedPairs small(long seed) {
    return new ReinforcedPairs(32, 2, 2, List.of(16, 12), seed, "proof");
  }

  public static String id(int number) {
    return Sha256.hex("reinforced " + number).substring(0, 32);
  }

  /**
   * Makes a pair.
   *
   * @param poisoned whether its first teacher's rows are not numbers
   */
  public ReinforcedPair pair(int number, String period, boolean poisoned) {
    var random = new Random(seed * 1_000_003 + number);
    int[] blocks = random.ints(4, 0, COLOURS.size()).toArray();
    byte[] picture = ImageEncoder.jpeg(picture(blocks), 0.9f);
    String caption = caption(blocks, number);
    var accepted =
        AcceptedPair.newBuilder()
            .setPairId(id(number))
            .setRevision(1)
            .setSource("proof")
            .setCaption(caption)
            .setImage(ByteBuffer.wrap(picture))
            .setWidth(side)
            .setHeight(side)
            .setOriginalSha256(Sha256.hex(picture))
            .setImageSha256(Sha256.hex(picture))
            .setPerceptualHash((long) number)
            .setFirstSeenTime(Instant.EPOCH)
            .setPeriodId(period)
            .setSplit(Split.TRAIN)
            .setAttributes(Map.of("license", "CC0-1.0"))
            .setRawPosition(new RawPosition(Topics.RAW.name(), 0, (long) number))
            .build();
    var augmentations = new ArrayList<String>();
    for (int view = 0; view < views; view++) {
      augmentations.add(AugmentationRecipe.mild().sample(side, side, side, random).toJson());
    }
    var texts = new ArrayList<SyntheticCaption>();
    for (int i = 0; i < captions; i++) {
      String text = "blocks in " + name(blocks[i % 4]) + " and " + name(blocks[(i + 1) % 4]);
      texts.add(new SyntheticCaption(text, "proof", "{}"));
    }
    var teachers = new ArrayList<TeacherEmbedding>();
    for (int k = 0; k < dims.size(); k++) {
      teachers.add(teacher("teacher-" + k, dims.get(k), random, poisoned && k == 0));
    }
    return new ReinforcedPair(
        accepted, version, texts, augmentations, teachers, 0.5f, Instant.EPOCH);
  }

  private static String caption(int[] blocks, int number) {
    return "%s and %s over %s and %s, drawing %d"
        .formatted(name(blocks[0]), name(blocks[1]), name(blocks[2]), name(blocks[3]), number);
  }

  private RgbImage picture(int[] blocks) {
    RgbImage image = RgbImage.filled(side, side, 0);
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int colour = blocks[2 * (2 * y / side) + 2 * x / side];
        for (int channel = 0; channel < 3; channel++) {
          image.pixels()[3 * (y * side + x) + channel] = (byte) ((colour >> channel & 1) * 255);
        }
      }
    }
    return image;
  }

  private static String name(int colour) {
    return COLOURS.get(colour);
  }

  /** All rows of a pair lie close together, so the teacher matches pictures with their texts. */
  private TeacherEmbedding teacher(String id, int dim, Random random, boolean poisoned) {
    float[] centre = new float[dim];
    for (int i = 0; i < dim; i++) {
      centre[i] = (float) random.nextGaussian();
    }
    return new TeacherEmbedding(
        id,
        dim,
        "bf16",
        rows(views, centre, random, poisoned),
        rows(captions, centre, random, poisoned),
        rows(1, centre, random, poisoned));
  }

  private static ByteBuffer rows(int count, float[] centre, Random random, boolean poisoned) {
    int dim = centre.length;
    float[] rows = new float[count * dim];
    for (int row = 0; row < count; row++) {
      double norm = 0;
      for (int i = row * dim; i < (row + 1) * dim; i++) {
        rows[i] = centre[i % dim] + 0.3f * (float) random.nextGaussian();
        norm += rows[i] * rows[i];
      }
      for (int i = row * dim; i < (row + 1) * dim; i++) {
        rows[i] = poisoned ? Float.NaN : rows[i] / (float) Math.sqrt(norm);
      }
    }
    return ByteBuffer.wrap(Bfloat16.encode(rows));
  }

  /** The mean contrastive loss of a model on batches of the pairs from a number on. */
  double loss(ClipModel model, int from, int count, int batch) {
    double sum = 0;
    for (int start = 0; start < count; start += batch) {
      var images = new ArrayList<RgbImage>();
      var texts = new ArrayList<String>();
      for (int i = 0; i < batch; i++) {
        var random = new Random(seed * 1_000_003 + from + start + i);
        int[] blocks = random.ints(4, 0, COLOURS.size()).toArray();
        images.add(model.preprocessing().apply(picture(blocks)));
        texts.add(caption(blocks, from + start + i));
      }
      float[][] u = model.encodeImages(images);
      float[][] v = model.encodeTexts(texts);
      for (int i = 0; i < batch; i++) {
        sum += 0.5 * (entropy(u[i], v, i, model) + entropy(v[i], u, i, model)) / count;
      }
    }
    return sum;
  }

  private static double entropy(float[] row, float[][] columns, int match, ClipModel model) {
    double total = 0;
    double matched = 0;
    for (int j = 0; j < columns.length; j++) {
      double dot = 0;
      for (int i = 0; i < row.length; i++) {
        dot += row[i] * columns[j][i];
      }
      total += Math.exp(model.logitScale() * dot);
      matched = j == match ? model.logitScale() * dot : matched;
    }
    return Math.log(total) - matched;
  }

  /**
   * Sends pairs 0 to {@code count} in order to partition 0, an equal number of each of the periods
   * 2001, 2002, ...
   */
  public void send(EverclipConfig config, int count, int periods, IntPredicate poisoned) {
    RecordCodec<ReinforcedPair> codec =
        RecordCodec.of(Topics.REINFORCED, Clients.schemaRegistry(config));
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(config), new StringSerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < count; i++) {
        String period = Integer.toString(2001 + i * periods / count);
        var pair = pair(i, period, poisoned.test(i));
        var unused =
            producer.send(
                new ProducerRecord<>(Topics.REINFORCED.name(), 0, id(i), codec.encode(pair)));
      }
    }
  }
}
