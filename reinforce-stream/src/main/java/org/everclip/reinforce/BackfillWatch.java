package org.everclip.reinforce;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a back-fill by the offsets that its consumer group has committed, which only checkpoints
 * do, and by the newest checkpoint. It is through when its operator has come to its end there; or,
 * as a bounded source that was restored amid its work never ends (connector 5.0.0-2.2), when all
 * offsets are committed and no pair of it is at the models. For one thread.
 */
final class BackfillWatch implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(BackfillWatch.class);
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private final ReinforceSettings settings;
  private final RecipeHistory history;
  private final NewestCheckpoint folder;
  private final ReinforceMeters meters;
  private @Nullable Backfill backfill;
  private @Nullable AcceptedOffsets offsets;
  private long next = System.nanoTime();

  BackfillWatch(ReinforceSettings settings, Path stateDir, ReinforceMeters meters) {
    this.folder = new NewestCheckpoint(stateDir);
    this.history = new RecipeHistory(stateDir);
    this.settings = settings;
    this.meters = meters;
  }

  /** Looks how far it is, if it is time to; a broker that does not answer is asked again later. */
  void poll() {
    if (System.nanoTime() < next) {
      return;
    }
    next = System.nanoTime() + INTERVAL.toNanos();
    Optional<Backfill> running = history.running();
    if (running.isEmpty()) {
      return;
    }
    long total = running.get().total();
    String uid = running.get().uid();
    try {
      // Asked in this order: the checkpoint is then not older than the offsets.
      long done = running.get().done(offsets(running.get()).committed());
      Optional<NewestCheckpoint.Saved> newest = folder.newest();
      boolean through =
          newest.filter(saved -> saved.finished().contains(uid)).isPresent()
              || (done >= total && newest.filter(saved -> saved.idle().contains(uid)).isPresent());
      meters.backfill(running.get().version(), through ? total : done, total);
      if (through) {
        history.through(running.get());
        close();
      }
    } catch (KafkaException e) {
      log.debug("the back-fill's progress is not known", e);
      close();
    }
  }

  private AcceptedOffsets offsets(Backfill running) {
    if (offsets == null || !running.equals(backfill)) {
      close();
      backfill = running;
      offsets = new AcceptedOffsets(settings, running.group(settings.job()));
    }
    return offsets;
  }

  @Override
  public void close() {
    if (offsets != null) {
      offsets.close();
      offsets = null;
    }
  }
}
