package org.everclip.dashboard.feed;

import java.time.Clock;
import org.everclip.dashboard.feed.ReadModel.Stage;

/** Counts of the last seconds by the time of their arrival here. Thread-safe. */
final class Rates {

  private static final int WINDOW_SECONDS = 30;
  private static final int SLOTS = WINDOW_SECONDS + 2;

  private final Clock clock;
  private final long startSecond;
  private final long[][] counts = new long[Stage.values().length][SLOTS];
  private final long[][] seconds = new long[Stage.values().length][SLOTS];

  Rates(Clock clock) {
    this.clock = clock;
    this.startSecond = clock.instant().getEpochSecond();
  }

  synchronized void count(Stage stage) {
    long now = clock.instant().getEpochSecond();
    int slot = Math.floorMod(now, SLOTS);
    if (seconds[stage.ordinal()][slot] != now) {
      seconds[stage.ordinal()][slot] = now;
      counts[stage.ordinal()][slot] = 0;
    }
    counts[stage.ordinal()][slot]++;
  }

  synchronized double perMinute(Stage stage) {
    long now = clock.instant().getEpochSecond();
    long sum = 0;
    for (int slot = 0; slot < SLOTS; slot++) {
      long age = now - seconds[stage.ordinal()][slot];
      if (age >= 1 && age <= WINDOW_SECONDS) {
        sum += counts[stage.ordinal()][slot];
      }
    }
    return 60.0 * sum / Math.max(1, Math.min(WINDOW_SECONDS, now - startSecond));
  }
}
