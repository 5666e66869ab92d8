package org.everclip.reinforce;

import java.util.function.LongSupplier;

/** How many things a second, over the last half minute. Thread-safe. */
final class Rate {

  static final int SECONDS = 30;
  private static final long SECOND = 1_000_000_000L;

  private final LongSupplier nanoTime;
  private final long[] counts = new long[SECONDS + 1];
  private long second;
  private final long start;

  Rate(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
  }

  synchronized void add(long count) {
    advance();
    counts[(int) (second % counts.length)] += count;
  }

  /** Over whole seconds: the one that is going on does not count yet. */
  synchronized double perSecond() {
    advance();
    long sum = -counts[(int) (second % counts.length)];
    for (long count : counts) {
      sum += count;
    }
    return second == 0 ? 0 : (double) sum / Math.min(second, SECONDS);
  }

  private void advance() {
    long now = (nanoTime.getAsLong() - start) / SECOND;
    for (long next = Math.max(second + 1, now - SECONDS); next <= now; next++) {
      counts[(int) (next % counts.length)] = 0;
    }
    second = Math.max(second, now);
  }
}
