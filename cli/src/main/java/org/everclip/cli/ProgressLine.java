package org.everclip.cli;

import java.io.PrintStream;
import java.time.Duration;

/**
 * How far things are: on a terminal one line that changes every second, else a plain line every 15
 * seconds. Used by one thread; other lines go through {@link #say}.
 */
final class ProgressLine {

  private static final Duration PLAIN = Duration.ofSeconds(15);

  private final PrintStream out;
  private final boolean terminal;
  private long lastPlain = Long.MIN_VALUE;
  private int width;

  ProgressLine(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** On standard error; the launcher says whether that is a terminal. */
  static ProgressLine onError() {
    return new ProgressLine(System.err, Boolean.getBoolean("everclip.terminal"));
  }

  /** A line that stays. */
  synchronized void say(String line) {
    clear();
    out.println(line);
    out.flush();
  }

  /** The state now; call it about every second. */
  synchronized void show(String line) {
    if (terminal) {
      out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
      out.flush();
      width = line.length();
      return;
    }
    long now = System.nanoTime();
    if (lastPlain == Long.MIN_VALUE || now - lastPlain >= PLAIN.toNanos()) {
      lastPlain = now;
      out.println(line);
      out.flush();
    }
  }

  private void clear() {
    if (width > 0) {
      out.print("\r" + " ".repeat(width) + "\r");
      width = 0;
    }
  }
}
