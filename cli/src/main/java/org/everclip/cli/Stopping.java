package org.everclip.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.everclip.service.StopSignal;

/**
 * Turns Ctrl-C and SIGTERM into a {@link StopSignal} and lets the process live until this is
 * closed, so that what was started can be stopped first.
 */
final class Stopping implements AutoCloseable {

  private static final Duration LONGEST = Duration.ofMinutes(3);

  private static final Duration LAST_WORD = Duration.ofSeconds(5);

  private final StopSignal signal = new StopSignal();
  private final CountDownLatch closed = new CountDownLatch(1);

  Stopping() {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  signal.request();
                  try {
                    boolean done = closed.await(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
                    if (!done) {
                      System.err.println("not stopped after " + LONGEST + ", giving up");
                    } else {
                      // The main thread ends the process with its own exit code, not the signal's.
                      TimeUnit.MILLISECONDS.sleep(LAST_WORD.toMillis());
                    }
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                },
                "stopping"));
  }

  StopSignal signal() {
    return signal;
  }

  @Override
  public void close() {
    signal.request();
    closed.countDown();
  }
}
