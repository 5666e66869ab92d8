package org.everclip.system;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.PairId;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.RgbImage;

/** Writes pairs.accepted as a gate would, without a gate. For one thread. */
public final class AcceptedPairs implements AutoCloseable {

  private static final String SOURCE = "accepted";
  private static final int SIDE = 24;
  private static final int BLOCK = 6;
  private static final int HOLDOUT_EVERY = 10;

  private final KafkaProducer<String, byte[]> producer;
  private final RecordCodec<AcceptedPair> codec;
  private final List<Future<RecordMetadata>> sent = new ArrayList<>();

  public AcceptedPairs(EverclipConfig config) {
    producer =
        new KafkaProducer<>(
            Clients.producer(config), new StringSerializer(), new ByteArraySerializer());
    codec = RecordCodec.of(Topics.ACCEPTED, Clients.schemaRegistry(config));
  }

  /** Sends the first revision of a pair; every tenth is held out. Returns its pairId. */
  public String send(int number, String caption, byte[] image) {
    Split split = number % HOLDOUT_EVERY == 0 ? Split.HOLDOUT : Split.TRAIN;
    return send(number, caption, image, "all", split);
  }

  /** Sends the first revision of a pair that is held out. Returns its pairId. */
  public String sendHeldOut(int number, String caption, byte[] image, String period) {
    return send(number, caption, image, period, Split.HOLDOUT);
  }

  private String send(int number, String caption, byte[] image, String period, Split split) {
    String externalId = "n" + number;
    String pairId = PairId.of(SOURCE, externalId);
    String sha256 = Sha256.hex(image);
    AcceptedPair pair =
        AcceptedPair.newBuilder()
            .setPairId(pairId)
            .setRevision(1)
            .setExternalId(externalId)
            .setSource(SOURCE)
            .setCaption(caption)
            .setImage(ByteBuffer.wrap(image))
            .setWidth(SIDE)
            .setHeight(SIDE)
            .setOriginalSha256(sha256)
            .setImageSha256(sha256)
            .setPerceptualHash((long) number)
            .setFirstSeenTime(Instant.now())
            .setPeriodId(period)
            .setSplit(split)
            .setAttributes(Map.of())
            .setRawPosition(new RawPosition(Topics.RAW.name(), 0, (long) number))
            .build();
    sent.add(
        producer.send(new ProducerRecord<>(Topics.ACCEPTED.name(), pairId, codec.encode(pair))));
    return pairId;
  }

  /** Waits until the brokers have all that was sent. */
  public void flush() throws Exception {
    for (Future<RecordMetadata> one : sent) {
      one.get();
    }
    sent.clear();
  }

  /** A picture of coloured blocks, another one for each number. */
  public static byte[] picture(int number) {
    var random = new SplittableRandom(number);
    byte[] pixels = new byte[3 * SIDE * SIDE];
    for (int top = 0; top < SIDE; top += BLOCK) {
      for (int left = 0; left < SIDE; left += BLOCK) {
        int colour = random.nextInt(1 << 24);
        for (int i = 0; i < BLOCK * BLOCK; i++) {
          int at = 3 * ((top + i / BLOCK) * SIDE + left + i % BLOCK);
          pixels[at] = (byte) (colour >> 16);
          pixels[at + 1] = (byte) (colour >> 8);
          pixels[at + 2] = (byte) colour;
        }
      }
    }
    return ImageEncoder.png(new RgbImage(SIDE, SIDE, pixels));
  }

  @Override
  public void close() {
    producer.close();
  }
}
