package org.everclip.ingest.produce;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.PairId;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.config.EverclipConfig;

/**
 * Sends pairs to {@code pairs.raw}, each keyed by its pairId, so that revisions of one pair stay in
 * order. The position moves only over what the brokers have acknowledged. For one thread; when the
 * brokers are slower than the source, sending waits.
 */
public final class PairSender implements AutoCloseable {

  static final String DAMAGED = "damaged";

  private static final int FRAME_BYTES = 1024;
  private static final Duration SAVE_EVERY = Duration.ofSeconds(2);
  private static final Duration CLUSTER_TIMEOUT = Duration.ofSeconds(30);

  private final KafkaProducer<String, byte[]> producer;
  private final RawPairCodec codec;
  private final Path folder;
  private final String scope;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final double pairsPerSecond;
  private long paced;
  private long began;

  /**
   * Connects.
   *
   * @param pairsPerSecond at most so fast; 0: as fast as possible
   * @throws IOException if no broker answers
   */
  public PairSender(EverclipConfig config, PairFactory pairs, double pairsPerSecond)
      throws IOException, InterruptedException {
    this.scope = clusterId(config) + "\n" + pairs;
    this.folder = config.inHome("state/ingest");
    this.codec = new RawPairCodec(Clients.schemaRegistry(config));
    this.pairsPerSecond = pairsPerSecond;
    Properties properties = Clients.producer(config);
    this.producer =
        new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
  }

  private static String clusterId(EverclipConfig config) throws IOException, InterruptedException {
    try (Admin admin = Admin.create(Clients.common(config))) {
      return admin
          .describeCluster()
          .clusterId()
          .get(CLUSTER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(
          "no Kafka broker answers at "
              + config.kafka().bootstrap()
              + "; is the platform up (`everclip up`)? Another address: --kafka HOST:PORT",
          e);
    }
  }

  /** Sends what the source holds beyond its position. */
  public void send(PairSource source, boolean again, Tally tally, Progress progress)
      throws IOException {
    Position position = Position.open(folder, source, scope, again);
    long from = position.acknowledged();
    long saved = System.nanoTime();
    try (PairSource.Offers offers = source.open()) {
      for (long ordinal = 0; offers.hasNext(); ordinal++) {
        Offer offer = offers.next();
        if (offer instanceof Offer.Skipped skipped) {
          tally.skipped(skipped.reason(), skipped.detail());
          if (ordinal >= from) {
            position.passed(ordinal);
          }
        } else if (offer instanceof Offer.Pair pair && ordinal >= from) {
          send(pair.pair(), ordinal, position, tally);
        } else {
          tally.before();
        }
        throwFailure();
        progress.show(tally, offers.readBytes());
        if (System.nanoTime() - saved > SAVE_EVERY.toNanos()) {
          position.save();
          saved = System.nanoTime();
        }
      }
    } finally {
      producer.flush();
      position.save();
    }
    throwFailure();
    progress.finished(source);
  }

  private void send(ImageTextPair pair, long ordinal, Position position, Tally tally) {
    byte[] value = codec.encode(pair);
    if (value.length > Topics.RAW.maxBytes() - FRAME_BYTES) {
      tally.skipped(
          "too large", pair.getExternalId() + " has " + value.length + " bytes, at most 4 MiB");
      position.passed(ordinal);
      return;
    }
    pace();
    position.sent(ordinal);
    producer.send(
        new ProducerRecord<>(Topics.RAW.name(), PairId.of(pair), value),
        (metadata, e) -> {
          if (e == null) {
            position.acknowledge(ordinal);
          } else {
            failure.compareAndSet(null, e);
          }
        });
    tally.sent();
  }

  private void pace() {
    if (pairsPerSecond <= 0) {
      return;
    }
    if (paced == 0) {
      began = System.nanoTime();
    }
    long due = began + (long) (paced++ * 1e9 / pairsPerSecond);
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private void throwFailure() throws IOException {
    Exception e = failure.get();
    if (e != null) {
      throw new IOException(
          "the brokers refuse to take more: " + e.getMessage() + "; run the same again to go on",
          e);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
