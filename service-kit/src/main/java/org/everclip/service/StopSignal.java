package org.everclip.service;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Tells a role's loops that it is time to end. Thread-safe; once requested it stays so. */
public final class StopSignal {

  private final CountDownLatch requested = new CountDownLatch(1);
  private final List<Runnable> listeners = new ArrayList<>();

  /** Asks to stop; listeners run once, on the caller's thread. */
  public void request() {
    List<Runnable> toRun;
    synchronized (listeners) {
      if (requested.getCount() == 0) {
        return;
      }
      requested.countDown();
      toRun = List.copyOf(listeners);
    }
    toRun.forEach(Runnable::run);
  }

  public boolean requested() {
    return requested.getCount() == 0;
  }

  /** Waits until a stop is requested. */
  public void await() throws InterruptedException {
    requested.await();
  }

  /** Waits at most so long; true when a stop is requested. */
  public boolean await(Duration time) throws InterruptedException {
    return requested.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Runs the listener at the request, or at once if it has already been made. */
  public void onStop(Runnable listener) {
    synchronized (listeners) {
      if (requested.getCount() > 0) {
        listeners.add(listener);
        return;
      }
    }
    listener.run();
  }
}
