package org.everclip.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.PairOperation;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.RgbImage;

/**
 * Seeded small pairs: distinct pictures of coloured blocks, each with a caption of its own. Of
 * fifty one comes again at once under another id, one as a slightly brighter copy, one under its
 * own id, one with a second revision, one is deleted, and one record is garbage; all go to
 * partitions chosen at random, so that copies meet at the same moment in different ones. For one
 * thread.
 */
public final class SmallPairs {

  private static final int SIDE = 24;
  private static final int BLOCK = 4;
  private static final int CYCLE = 50;

  private final EverclipConfig config;
  private final RawPairCodec codec;
  private final SplittableRandom random;
  private final Queue<Item> waiting = new ArrayDeque<>();
  private final Set<String> captions = new HashSet<>();
  private int next;

  @SuppressWarnings("ArrayRecordComponent")
  private record Item(byte[] value, String caption) {}

  public SmallPairs(EverclipConfig config, long seed) {
    this.config = config;
    this.codec = new RawPairCodec(Clients.schemaRegistry(config));
    this.random = new SplittableRandom(seed);
  }

  /** Sends so many records; returns the positions that the brokers acknowledged. */
  public List<String> send(int records) throws Exception {
    var sent = new ArrayList<java.util.concurrent.Future<RecordMetadata>>(records);
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(config), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < records; i++) {
        if (waiting.isEmpty()) {
          make(next++);
        }
        Item item = waiting.remove();
        if (!item.caption.isEmpty()) {
          captions.add(item.caption);
        }
        int partition = random.nextInt(config.kafka().partitions());
        sent.add(
            producer.send(new ProducerRecord<>(Topics.RAW.name(), partition, null, item.value)));
      }
    }
    var positions = new ArrayList<String>(records);
    for (var metadata : sent) {
      RecordMetadata at = metadata.get();
      positions.add(at.topic() + ":" + at.partition() + ":" + at.offset());
    }
    return positions;
  }

  /** The captions sent so far; of each exactly one pair must be accepted. */
  public Set<String> captions() {
    return Set.copyOf(captions);
  }

  private void make(int number) {
    RgbImage image = picture();
    ImageTextPair.Builder pair =
        ImageTextPair.newBuilder()
            .setSource("small")
            .setExternalId("p" + number)
            .setCaption("Small picture number " + number)
            .setImage(ByteBuffer.wrap(ImageEncoder.png(image)));
    add(pair);
    switch (number % CYCLE) {
      case 0 -> add(pair.setExternalId("copy" + number));
      case 1 -> {
        for (int i = 0; i < image.pixels().length; i++) {
          image.pixels()[i] += 2;
        }
        add(
            pair.setExternalId("bright" + number)
                .setImage(ByteBuffer.wrap(ImageEncoder.png(image))));
      }
      case 2 -> add(pair);
      case 3 ->
          add(
              pair.setCaption("Small picture number " + number + ", again")
                  .setImage(ByteBuffer.wrap(ImageEncoder.png(picture()))));
      case 4 ->
          add(
              ImageTextPair.newBuilder()
                  .setSource("small")
                  .setExternalId("p" + number)
                  .setOperation(PairOperation.DELETE));
      case 5 -> waiting.add(new Item(("garbage " + number).getBytes(UTF_8), ""));
      default -> {}
    }
  }

  private void add(ImageTextPair.Builder builder) {
    ImageTextPair pair = builder.build();
    String caption = pair.getCaption();
    waiting.add(new Item(codec.encode(pair), caption == null ? "" : caption));
  }

  private RgbImage picture() {
    RgbImage image = RgbImage.filled(SIDE, SIDE, 0);
    for (int top = 0; top < SIDE; top += BLOCK) {
      for (int left = 0; left < SIDE; left += BLOCK) {
        for (int channel = 0; channel < 3; channel++) {
          byte value = (byte) random.nextInt(250);
          for (int y = top; y < top + BLOCK; y++) {
            for (int x = left; x < left + BLOCK; x++) {
              image.pixels()[3 * (SIDE * y + x) + channel] = value;
            }
          }
        }
      }
    }
    return image;
  }
}
