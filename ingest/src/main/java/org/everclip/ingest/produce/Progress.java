package org.everclip.ingest.produce;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * Tells people how far an ingest is: a line that renews itself on a terminal, else now and then.
 */
public final class Progress {

  private static final long TERMINAL_NANOS = 500_000_000L;
  private static final long PLAIN_NANOS = 10_000_000_000L;
  private static final double ENOUGH_FOR_A_GUESS = 0.01;

  private final PrintWriter err;
  private final boolean terminal;
  private final long began = System.nanoTime();
  private final long totalBytes;
  private long finishedBytes;
  private long shown = began;
  private long first;
  private long readFirst;

  public Progress(PrintWriter err, boolean terminal, List<PairSource> sources) {
    this.err = err;
    this.terminal = terminal;
    this.totalBytes = sources.stream().mapToLong(PairSource::sizeBytes).sum();
  }

  /** Shows a line if the last one is old. */
  public void show(Tally tally, long readBytes) {
    long now = System.nanoTime();
    if (tally.fresh() <= 1) {
      // Connecting, and passing over what was sent before, say nothing about the rate.
      first = now;
      readFirst = finishedBytes + readBytes;
    }
    if (now - shown < (terminal ? TERMINAL_NANOS : PLAIN_NANOS)) {
      return;
    }
    shown = now;
    long read = finishedBytes + readBytes;
    double seconds = Math.max(1e-3, (now - first) / 1e9);
    double share = Math.min(1, read / Math.max(1.0, totalBytes));
    double gained = (read - readFirst) / Math.max(1.0, totalBytes);
    String line =
        String.format(
            Locale.ROOT,
            "%,d pairs, %.0f %%, %.0f/s%s",
            tally.total(),
            100 * share,
            tally.fresh() / seconds,
            gained < ENOUGH_FOR_A_GUESS
                ? ""
                : String.format(
                    Locale.ROOT, ", about %.0f s left", seconds * (1 - share) / gained));
    if (terminal) {
      err.print("\r\u001b[K" + line);
      err.flush();
    } else {
      err.println(line);
    }
  }

  void finished(PairSource source) {
    finishedBytes += source.sizeBytes();
  }

  /** Ends the renewed line. */
  public void end() {
    if (terminal) {
      err.print("\r\u001b[K");
      err.flush();
    }
  }

  public double seconds() {
    return Math.max(1e-3, (System.nanoTime() - began) / 1e9);
  }
}
