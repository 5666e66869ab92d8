package org.everclip.ingest.produce;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.PairId;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigLoader;

/**
 * Pushes pairs from a program of one's own. An acknowledged pair is decided by the gate exactly
 * once; sending the same pair again is refused there as a duplicate, so after a failure everything
 * unacknowledged is simply sent again. Pairs with one id keep their order. Thread-safe; sending
 * waits while brokers are slower than the caller.
 *
 * <pre>{@code
 * try (PairProducer producer = PairProducer.connect("127.0.0.1:9092", "http://127.0.0.1:8081")) {
 *   ImageTextPair pair =
 *       ImageTextPair.newBuilder()
 *           .setSource("shop")
 *           .setExternalId("42")
 *           .setCaption("a red bicycle")
 *           .setImage(ByteBuffer.wrap(Files.readAllBytes(Path.of("bike.jpg"))))
 *           .build();
 *   producer.send(pair).thenAccept(at -> System.out.println("acknowledged at " + at));
 * } // waits for what is under way
 * }</pre>
 */
public final class PairProducer implements AutoCloseable {

  private static final int FRAME_BYTES = 1024;

  private final KafkaProducer<String, byte[]> producer;
  private final RawPairCodec codec;

  /** Connects to the brokers and schema registry of the settings. */
  public PairProducer(EverclipConfig config) {
    this(config, Map.of());
  }

  /**
   * Connects.
   *
   * @param properties of Kafka's producer, stronger than the usual ones
   */
  public PairProducer(EverclipConfig config, Map<String, String> properties) {
    this.codec = new RawPairCodec(Clients.schemaRegistry(config));
    Properties all = Clients.producer(config);
    all.putAll(properties);
    this.producer = new KafkaProducer<>(all, new StringSerializer(), new ByteArraySerializer());
  }

  /** Connects to brokers and schema registry with all other settings as they come. */
  public static PairProducer connect(String bootstrap, String schemaRegistryUrl) {
    return new PairProducer(
        new ConfigLoader(Map.of())
            .load(
                Path.of(System.getProperty("java.io.tmpdir"), "everclip-producer"),
                null,
                List.of(
                    "kafka.bootstrap=" + bootstrap, "schemaRegistry.url=" + schemaRegistryUrl)));
  }

  /**
   * Sends a pair; the future gives its position in {@code pairs.raw} once the brokers have
   * acknowledged it, or fails: with an IllegalArgumentException for a pair that no record can
   * carry, else because of the brokers.
   */
  public CompletableFuture<RawPosition> send(ImageTextPair pair) {
    var acknowledged = new CompletableFuture<RawPosition>();
    byte[] value = codec.encode(pair);
    if (value.length > Topics.RAW.maxBytes() - FRAME_BYTES) {
      acknowledged.completeExceptionally(
          new IllegalArgumentException(
              "the pair has "
                  + value.length
                  + " bytes, a record can carry "
                  + (Topics.RAW.maxBytes() - FRAME_BYTES)));
      return acknowledged;
    }
    try {
      producer.send(
          new ProducerRecord<>(Topics.RAW.name(), PairId.of(pair), value),
          (metadata, e) -> {
            if (e == null) {
              acknowledged.complete(
                  new RawPosition(metadata.topic(), metadata.partition(), metadata.offset()));
            } else {
              acknowledged.completeExceptionally(e);
            }
          });
    } catch (KafkaException e) {
      acknowledged.completeExceptionally(e);
    }
    return acknowledged;
  }

  /** Waits until everything sent is acknowledged or has failed. */
  public void flush() {
    producer.flush();
  }

  /** Waits for what is under way. */
  @Override
  public void close() {
    producer.close();
  }
}
