package org.everclip.reinforce.files;

import java.io.PrintWriter;
import java.util.Locale;

/** Tells people how far it is: a line that renews itself on a terminal, else now and then. */
final class Rate {

  private static final long TERMINAL_NANOS = 500_000_000L;
  private static final long PLAIN_NANOS = 10_000_000_000L;

  private final PrintWriter err;
  private final boolean terminal = System.console() != null;
  private final long began = System.nanoTime();
  private long shown = began;

  Rate(PrintWriter err) {
    this.err = err;
  }

  /**
   * Shows a line if the last one is old.
   *
   * @param what for example {@code shard 3 of 8}
   */
  void show(String what, long pairs) {
    long now = System.nanoTime();
    if (now - shown < (terminal ? TERMINAL_NANOS : PLAIN_NANOS)) {
      return;
    }
    shown = now;
    String line =
        String.format(Locale.ROOT, "%s: %,d pairs, %.1f/s", what, pairs, pairs / seconds());
    if (terminal) {
      err.print("\r\u001b[K" + line);
      err.flush();
    } else {
      err.println(line);
    }
  }

  void end() {
    if (terminal) {
      err.print("\r\u001b[K");
    }
    err.flush();
  }

  double seconds() {
    return Math.max(1e-3, (System.nanoTime() - began) / 1e9);
  }
}
