package org.everclip.ingest.fetch;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.fetch.UrlPairs.UrlPair;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the pictures of pairs: waits for the host's turn and for paused sources, tries again with
 * growing pauses what may pass by itself. Thread-safe.
 */
final class FetchTasks implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(FetchTasks.class);
  private static final int GROWTH = 4;

  private final EverclipConfig.Fetch settings;
  private final PictureFetcher fetcher;
  private final UrlPairs pairs;
  private final Arrivals arrivals;
  private final Parking parking;
  private final HostQueues queues;

  FetchTasks(
      EverclipConfig.Fetch settings,
      PictureFetcher fetcher,
      UrlPairs pairs,
      Arrivals arrivals,
      Parking parking) {
    this.settings = settings;
    this.fetcher = fetcher;
    this.pairs = pairs;
    this.arrivals = arrivals;
    this.parking = parking;
    this.queues = new HostQueues(settings.concurrency(), settings.perHost(), settings.hostDelay());
  }

  /** Begins; the future fails only for reasons that are no fault of the pair. */
  CompletableFuture<Outcome> begin(UrlPair pair) {
    var outcome = new CompletableFuture<Outcome>();
    try {
      String host = WebAddress.parse(pair.url()).host();
      queues.submit(host, () -> attempt(pair, host, 1, outcome));
    } catch (FetchFailure e) {
      finish(pair, e, outcome);
    }
    return outcome;
  }

  private void attempt(UrlPair pair, String host, int number, CompletableFuture<Outcome> outcome) {
    if (outcome.isDone()) {
      return;
    }
    Duration pause = arrivals.pause(pair.source());
    if (!pause.isZero()) {
      queues.submitAfter(pause, host, () -> attempt(pair, host, number, outcome));
      return;
    }
    try {
      Picture picture = fetcher.fetch(pair.url());
      boolean other = pairs.isOther(pair, picture.bytes());
      arrivals.note(pair.source(), null);
      outcome.complete(
          new Outcome.Arrived(parking.park(picture.bytes()), picture.address(), other));
    } catch (FetchFailure e) {
      if (e.isPassing() && number < settings.attempts()) {
        Duration wait = wait(pair, number, e);
        queues.submitAfter(wait, host, () -> attempt(pair, host, number + 1, outcome));
      } else {
        finish(pair, e, outcome);
      }
    } catch (IOException e) {
      outcome.completeExceptionally(e);
    } catch (RuntimeException e) {
      // A defect of ours must cost one pair, not the stream; the record can be offered again.
      log.error("fetch of {} failed", pair.url(), e);
      finish(pair, FetchFailure.lasting(RejectionReason.FETCH_FAILED, String.valueOf(e)), outcome);
    }
  }

  private void finish(UrlPair pair, FetchFailure failure, CompletableFuture<Outcome> outcome) {
    arrivals.note(pair.source(), failure.reason());
    outcome.complete(new Outcome.Missing(failure));
  }

  /** Spread by the offset, so that what failed together does not come back together. */
  private Duration wait(UrlPair pair, int number, FetchFailure failure) {
    double spread = 0.75 + (pair.position().getOffset() % 11) / 20.0;
    double grown = settings.backoff().toMillis() * Math.pow(GROWTH, number - 1) * spread;
    return Duration.ofMillis(Math.max(failure.waitMillis(), (long) grown));
  }

  @Override
  public void close() {
    queues.close();
    fetcher.close();
  }
}
