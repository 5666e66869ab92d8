package org.everclip.service;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C and SIGTERM into a stop signal, and keeps the process alive until the work has ended
 * in good order or half a minute has passed. For commands; roles have {@link RoleMain}.
 */
public final class Interruption implements AutoCloseable {

  private static final long GRACE_SECONDS = 30;

  private final CountDownLatch ended = new CountDownLatch(1);

  private Interruption() {}

  /** Begins to listen; to be closed when the work has ended. */
  public static Interruption to(StopSignal stop) {
    var interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> interruption.take(stop), "interruption"));
    return interruption;
  }

  private void take(StopSignal stop) {
    stop.request();
    try {
      boolean inTime = ended.await(GRACE_SECONDS, TimeUnit.SECONDS);
      if (!inTime) {
        System.err.println("not ended after " + GRACE_SECONDS + " s, giving up");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    ended.countDown();
  }
}
