package org.everclip.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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
 * Seeded small pairs: distinct pictures of coloured blocks, each with a caption of its own. Of fifty
 * one comes again at once under another id, one as a slightly brighter copy, one under its own id,
 * one with a second revision, one is deleted, and one record is garbage; all go to partitions chosen
 * at random, so that copies meet at the same moment in different ones. For one thread.
 */
public final class SmallPairs {

  private static final int SIDE = 24;
  private static final int BLOCK = 4;
  private static final int CYCLE = 50;

  private final EverclipConfig config;
  private final RawPairCodec codec;
  private final SplittableRandom random;
  private final List<byte[]> cycle = new ArrayList<>();
  private int next;

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
        if (cycle.isEmpty()) {
          make(next++);
        }
        int partition = random.nextInt(config.kafka().partitions());
        sent.add(
            producer.send(
                new ProducerRecord<>(Topics.RAW.name(), partition, null, cycle.remove(0))));
      }
    }
    var positions = new ArrayList<String>(records);
    for (var metadata : sent) {
      RecordMetadata at = metadata.get();
      positions.add(at.topic() + ":" + at.partition() + ":" + at.offset());
    }
    return positions;
  }

  private void make(int number) {
    RgbImage image = picture();
    ImageTextPair.Builder pair =
        ImageTextPair.newBuilder()
            .setSource("small")
            .setExternalId("p" + number)
            .setCaption("Small picture number " + number)
            .setImage(ByteBuffer.wrap(ImageEncoder.png(image)));
    cycle.add(codec.encode(pair.build()));
    switch (number % CYCLE) {
      case 0 -> cycle.add(codec.encode(pair.setExternalId("copy" + number).build()));
      case 1 -> {
        for (int i = 0; i < image.pixels().length; i++) {
          image.pixels()[i] += 2;
        }
        cycle.add(
            codec.encode(
                pair.setExternalId("bright" + number)
                    .setImage(ByteBuffer.wrap(ImageEncoder.png(image)))
                    .build()));
      }
      case 2 -> cycle.add(codec.encode(pair.build()));
      case 3 ->
          cycle.add(
              codec.encode(
                  pair.setCaption("Small picture number " + number + ", again")
                      .setImage(ByteBuffer.wrap(ImageEncoder.png(picture())))
                      .build()));
      case 4 ->
          cycle.add(
              codec.encode(
                  ImageTextPair.newBuilder()
                      .setSource("small")
                      .setExternalId("p" + number)
                      .setOperation(PairOperation.DELETE)
                      .build()));
      case 5 -> cycle.add(("garbage " + number).getBytes(UTF_8));
      default -> {}
    }
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
