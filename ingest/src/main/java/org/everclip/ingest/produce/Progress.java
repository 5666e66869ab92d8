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

  private final PrintWriter err;
  private final boolean terminal;
  private final long began = System.nanoTime();
  private final long totalBytes;
  private long finishedBytes;
  private long shown = began;

  public Progress(PrintWriter err, boolean terminal, List<PairSource> sources) {
    this.err = err;
    this.terminal = terminal;
    this.totalBytes = sources.stream().mapToLong(PairSource::sizeBytes).sum();
  }

  /** Shows a line if the last one is old. */
  public void show(Tally tally, long readBytes) {
    long now = System.nanoTime();
    if (now - shown < (terminal ? TERMINAL_NANOS : PLAIN_NANOS)) {
      return;
    }
    shown = now;
    double seconds = seconds();
    double share = Math.min(1, (finishedBytes + readBytes) / Math.max(1.0, totalBytes));
    String line =
        String.format(
            Locale.ROOT,
            "%,d pairs, %.0f %%, %.0f/s, about %.0f s left",
            tally.total(),
            100 * share,
            tally.total() / seconds,
            share > 0 ? seconds * (1 - share) / share : 0);
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
