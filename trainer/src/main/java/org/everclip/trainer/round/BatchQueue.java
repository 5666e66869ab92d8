package org.everclip.trainer.round;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes the batches of a round ahead of the steps, on a thread of its own, a few at most. An error
 * while making one is thrown to whoever takes it.
 */
public final class BatchQueue implements AutoCloseable {

  private static final int AHEAD = 2;

  private record Made(@Nullable TrainingBatch batch, @Nullable Throwable error) {}

  private final BlockingQueue<Made> queue = new ArrayBlockingQueue<>(AHEAD);
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Starts.
   *
   * @param skip steps that need no batch
   */
  public BatchQueue(
      IntFunction<TrainingBatch> assemble, int firstStep, int steps, IntPredicate skip) {
    thread = new Thread(() -> make(assemble, firstStep, steps, skip), "batches");
    thread.setDaemon(true);
    thread.start();
  }

  /** The next batch; waits for it. */
  public TrainingBatch take() throws InterruptedException {
    Made made = queue.poll(1, TimeUnit.SECONDS);
    while (made == null) {
      if (!thread.isAlive() && queue.isEmpty()) {
        throw new IllegalStateException("all batches of the round have been taken");
      }
      made = queue.poll(1, TimeUnit.SECONDS);
    }
    if (made.batch() == null) {
      throw new IllegalStateException("a batch could not be made", made.error());
    }
    return made.batch();
  }

  private void make(
      IntFunction<TrainingBatch> assemble, int firstStep, int steps, IntPredicate skip) {
    try {
      for (int step = firstStep; step < steps && !closed; step++) {
        if (!skip.test(step)) {
          offer(new Made(assemble.apply(step), null));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      try {
        offer(new Made(null, e));
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void offer(Made made) throws InterruptedException {
    boolean offered = false;
    while (!offered && !closed) {
      offered = queue.offer(made, 100, TimeUnit.MILLISECONDS);
    }
  }

  /** Ends the thread; waits for a batch that is being made, for it reads the store. */
  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
  }
}
