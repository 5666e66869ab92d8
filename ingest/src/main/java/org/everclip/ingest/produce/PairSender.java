package org.everclip.ingest.produce;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.everclip.contracts.Clients;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * Sends what sources hold to {@code pairs.raw}, each pair keyed by its pairId, so that revisions of
 * one pair stay in order. The position moves only over what the brokers have acknowledged. For one
 * thread; when the brokers are slower than the source, sending waits.
 */
public final class PairSender implements AutoCloseable {

  static final String DAMAGED = "damaged";

  private static final Duration SAVE_EVERY = Duration.ofSeconds(2);
  private static final Duration CLUSTER_TIMEOUT = Duration.ofSeconds(20);

  private final PairProducer producer;
  private final Path folder;
  private final String scope;
  private final StopSignal stop;
  private final Consumer<RawPosition> acknowledged;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final double pairsPerSecond;
  private long paced;
  private long began;

  /**
   * Connects.
   *
   * @param pairsPerSecond at most so fast; 0: as fast as possible
   * @param stop ends a source early, in good order
   * @param acknowledged takes the position of each acknowledged pair, on any thread
   * @throws IOException if no broker answers
   */
  public PairSender(
      EverclipConfig config,
      PairFactory pairs,
      double pairsPerSecond,
      StopSignal stop,
      Consumer<RawPosition> acknowledged)
      throws IOException, InterruptedException {
    this.scope = clusterId(config) + "\n" + pairs;
    this.folder = config.inHome("state/ingest");
    this.pairsPerSecond = pairsPerSecond;
    this.stop = stop;
    this.acknowledged = acknowledged;
    this.producer = new PairProducer(config);
  }

  private static String clusterId(EverclipConfig config) throws IOException, InterruptedException {
    Admin admin = Admin.create(Clients.common(config));
    try {
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
    } finally {
      admin.close(Duration.ZERO); // else it would wait for what nobody answers
    }
  }

  /** Sends what the source holds beyond its position. */
  public void send(PairSource source, boolean again, Tally tally, Progress progress)
      throws IOException {
    Position position = Position.open(folder, source, scope, again);
    long from = position.acknowledged();
    if (position.isComplete()) {
      tally.before(from);
      progress.finished(source);
      return;
    }
    boolean skipped = false;
    long saved = System.nanoTime();
    try (PairSource.Offers offers = source.open()) {
      for (long ordinal = 0; !stop.requested() && offers.hasNext(); ordinal++) {
        Offer offer = offers.next();
        if (offer instanceof Offer.Skipped passed) {
          tally.skipped(passed.reason(), passed.detail());
          skipped = true;
          if (ordinal >= from) {
            position.passed(ordinal);
          }
        } else if (offer instanceof Offer.Pair pair && ordinal >= from) {
          skipped |= !send(pair.pair(), ordinal, position, tally);
        } else {
          tally.before(1);
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
    if (!stop.requested() && !skipped) {
      // What was passed over is told again each time, so only a clean source is not read again.
      position.complete();
      position.save();
    }
    progress.finished(source);
  }

  /** False if the pair was passed over. */
  private boolean send(ImageTextPair pair, long ordinal, Position position, Tally tally) {
    pace();
    position.sent(ordinal);
    CompletableFuture<RawPosition> sent = producer.send(pair);
    if (sent.isCompletedExceptionally() && tooLarge(sent) != null) {
      tally.skipped("too large", pair.getExternalId() + ": " + tooLarge(sent));
      position.acknowledge(ordinal);
      return false;
    }
    sent.whenComplete(
        (at, e) -> {
          if (e == null) {
            position.acknowledge(ordinal);
            acknowledged.accept(at);
          } else {
            failure.compareAndSet(null, e);
          }
        });
    tally.sent();
    return true;
  }

  private static @Nullable String tooLarge(CompletableFuture<RawPosition> sent) {
    try {
      sent.getNow(null);
      return null;
    } catch (CompletionException e) {
      return e.getCause() instanceof IllegalArgumentException large ? large.getMessage() : null;
    }
  }

  private void pace() {
    if (pairsPerSecond <= 0) {
      return;
    }
    if (paced == 0) {
      began = System.nanoTime();
    }
    long due = began + (long) (paced++ * 1e9 / pairsPerSecond);
    for (long left = due - System.nanoTime();
        left > 0 && !stop.requested();
        left = due - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, 100_000_000L));
    }
  }

  private void throwFailure() throws IOException {
    Throwable e = failure.get();
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
