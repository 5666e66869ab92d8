package org.everclip.reinforce;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.everclip.contracts.avro.AcceptedPair;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prepares pairs of all subtasks, collects them into batches and works on these, in threads of its
 * own: preparers are at most one batch a worker ahead of the models, and a batch leaves when it is
 * full, or when its first pair has been ready for long enough and no other is on its way: a batch
 * that is not full costs nearly as much as a full one. Thread-safe.
 *
 * <p>A batch that fails as a whole is tried again pair by pair: one bad pair then is one refusal.
 * When every pair of several fails, it is not the pairs; the futures fail and with them the job,
 * which tries again from its checkpoint. A bad model is not tried again. {@link #close} returns
 * when no thread works any more; what was still waiting is never answered (the job that asked for
 * it is gone).
 */
final class BatchingReinforcer<P> implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(BatchingReinforcer.class);

  private static final long LOOK_AGAIN = Duration.ofMillis(5).toNanos();

  private final PairWork<P> work;
  private final int batchPairs;
  private final Duration batchWait;
  private final ReinforceMeters meters;
  private final BlockingQueue<Waiting> incoming;
  private final BlockingQueue<Ready<P>> ready;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger unprepared = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  private record Waiting(AcceptedPair pair, CompletableFuture<Reinforcement> answer) {}

  private record Ready<P>(P prepared, CompletableFuture<Reinforcement> answer, long since) {}

  /**
   * Starts the threads.
   *
   * @param workers threads that call the models; as many prepare pairs
   * @param capacity pairs that may wait; more make {@link #submit} block
   */
  BatchingReinforcer(
      PairWork<P> work,
      int workers,
      int batchPairs,
      Duration batchWait,
      int capacity,
      ReinforceMeters meters) {
    this.work = work;
    this.batchPairs = batchPairs;
    this.batchWait = batchWait;
    this.meters = meters;
    this.incoming = new ArrayBlockingQueue<>(capacity);
    this.ready = new ArrayBlockingQueue<>(workers * batchPairs);
    meters.inFlight(inFlight::get);
    for (int i = 0; i < workers; i++) {
      threads.add(thread("preparer-" + i, this::prepareNext));
      threads.add(thread("reinforcer-" + i, this::reinforceNext));
    }
    threads.forEach(Thread::start);
  }

  /** Hands a pair over; blocks while too many wait. */
  CompletableFuture<Reinforcement> submit(AcceptedPair pair) throws InterruptedException {
    var answer = new CompletableFuture<Reinforcement>();
    inFlight.incrementAndGet();
    unprepared.incrementAndGet();
    incoming.put(new Waiting(pair, answer));
    return answer;
  }

  private interface Step {
    void run() throws InterruptedException;
  }

  private Thread thread(String name, Step step) {
    var thread =
        new Thread(
            () -> {
              try {
                while (!closed) {
                  step.run();
                }
              } catch (InterruptedException e) {
                log.debug("{} ends", name);
              }
            },
            name);
    thread.setDaemon(true);
    return thread;
  }

  private void prepareNext() throws InterruptedException {
    Waiting waiting = incoming.take();
    try {
      prepare(waiting);
    } finally {
      unprepared.decrementAndGet();
    }
  }

  private void prepare(Waiting waiting) throws InterruptedException {
    P prepared;
    try {
      prepared = work.prepare(waiting.pair());
    } catch (IllegalArgumentException e) {
      answer(waiting.answer(), new Reinforcement.Refused(String.valueOf(e.getMessage())));
      return;
    } catch (RuntimeException e) {
      log.warn("{} cannot be prepared", waiting.pair().getPairId(), e);
      answer(waiting.answer(), new Reinforcement.Refused("preparing it failed: " + e));
      return;
    } catch (Error e) {
      fail(waiting.answer(), e);
      return;
    }
    ready.put(new Ready<>(prepared, waiting.answer(), System.nanoTime()));
  }

  private void reinforceNext() throws InterruptedException {
    List<Ready<P>> batch = collect();
    List<Reinforcement> results;
    try {
      results = work.reinforce(batch.stream().map(Ready::prepared).toList());
    } catch (BadModelException e) {
      batch.forEach(pair -> fail(pair.answer(), e));
      return;
    } catch (RuntimeException e) {
      log.warn("a batch of {} failed, trying its pairs one by one", batch.size(), e);
      oneByOne(batch);
      return;
    } catch (Error e) {
      batch.forEach(pair -> fail(pair.answer(), e));
      return;
    }
    for (int i = 0; i < batch.size(); i++) {
      answer(batch.get(i).answer(), results.get(i));
    }
  }

  private List<Ready<P>> collect() throws InterruptedException {
    var batch = new ArrayList<Ready<P>>(batchPairs);
    Ready<P> first = ready.take();
    batch.add(first);
    long deadline = first.since() + batchWait.toNanos();
    while (batch.size() < batchPairs) {
      ready.drainTo(batch, batchPairs - batch.size());
      long left = deadline - System.nanoTime();
      boolean alone = unprepared.get() == 0 && ready.isEmpty();
      if ((left <= 0 && alone) || batch.size() == batchPairs) {
        break;
      }
      Ready<P> next = ready.poll(Math.max(left, LOOK_AGAIN), TimeUnit.NANOSECONDS);
      if (next != null) {
        batch.add(next);
      }
    }
    long now = System.nanoTime();
    meters.batch(batch.stream().map(pair -> Duration.ofNanos(now - pair.since())).toList());
    return batch;
  }

  private void oneByOne(List<Ready<P>> batch) {
    var results = new ArrayList<Reinforcement>(batch.size());
    RuntimeException last = null;
    int failed = 0;
    for (Ready<P> pair : batch) {
      try {
        results.addAll(work.reinforce(List.of(pair.prepared())));
      } catch (RuntimeException e) {
        failed++;
        last = e;
        results.add(new Reinforcement.Refused("the models failed on it: " + e));
      }
    }
    for (int i = 0; i < batch.size(); i++) {
      if (failed == batch.size() && failed > 1 && last != null) {
        fail(batch.get(i).answer(), last);
      } else {
        answer(batch.get(i).answer(), results.get(i));
      }
    }
  }

  private void answer(CompletableFuture<Reinforcement> future, Reinforcement result) {
    inFlight.decrementAndGet();
    future.complete(result);
  }

  private void fail(CompletableFuture<Reinforcement> future, Throwable cause) {
    inFlight.decrementAndGet();
    future.completeExceptionally(cause);
  }

  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    for (Thread thread : threads) {
      thread.interrupt();
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true; // the models must not be freed under a running call
        }
      }
    }
    meters.forgetInFlight();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
