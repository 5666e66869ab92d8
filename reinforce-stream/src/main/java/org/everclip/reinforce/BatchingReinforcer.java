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
 * Collects pairs of all subtasks into batches and works on them in threads of its own: a batch
 * leaves when it is full or when its first pair has waited long enough. Thread-safe.
 *
 * <p>A batch that fails as a whole is tried again pair by pair: one bad pair then is one refusal.
 * When every pair of several fails, it is not the pairs; the futures fail and with them the job,
 * which tries again from its checkpoint. {@link #close} returns when no thread works any more; what
 * was still waiting is never answered (the job that asked for it is gone).
 */
final class BatchingReinforcer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(BatchingReinforcer.class);

  private final PairWork work;
  private final int batchPairs;
  private final Duration batchWait;
  private final ReinforceMeters meters;
  private final BlockingQueue<Waiting> queue;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  private record Waiting(AcceptedPair pair, CompletableFuture<Reinforcement> answer, long since) {}

  /**
   * Starts the threads.
   *
   * @param capacity pairs that may wait; more make {@link #submit} block
   */
  BatchingReinforcer(
      PairWork work,
      int workers,
      int batchPairs,
      Duration batchWait,
      int capacity,
      ReinforceMeters meters) {
    this.work = work;
    this.batchPairs = batchPairs;
    this.batchWait = batchWait;
    this.meters = meters;
    this.queue = new ArrayBlockingQueue<>(capacity);
    meters.queue(inFlight::get);
    for (int i = 0; i < workers; i++) {
      var thread = new Thread(this::run, "reinforcer-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
  }

  /** Hands a pair over; blocks while too many wait. */
  CompletableFuture<Reinforcement> submit(AcceptedPair pair) throws InterruptedException {
    var answer = new CompletableFuture<Reinforcement>();
    inFlight.incrementAndGet();
    queue.put(new Waiting(pair, answer, System.nanoTime()));
    return answer;
  }

  private void run() {
    try {
      while (!closed) {
        List<Waiting> batch = collect();
        answer(batch);
        inFlight.addAndGet(-batch.size());
      }
    } catch (InterruptedException e) {
      log.debug("{} ends", Thread.currentThread().getName());
    }
  }

  private List<Waiting> collect() throws InterruptedException {
    var batch = new ArrayList<Waiting>(batchPairs);
    Waiting first = queue.take();
    batch.add(first);
    long deadline = first.since() + batchWait.toNanos();
    while (batch.size() < batchPairs) {
      queue.drainTo(batch, batchPairs - batch.size());
      long left = deadline - System.nanoTime();
      if (left <= 0 || batch.size() == batchPairs) {
        break;
      }
      Waiting next = queue.poll(left, TimeUnit.NANOSECONDS);
      if (next != null) {
        batch.add(next);
      }
    }
    meters.batch(batch.size(), Duration.ofNanos(System.nanoTime() - first.since()));
    return batch;
  }

  private void answer(List<Waiting> batch) {
    List<Reinforcement> results;
    try {
      results = work.reinforce(batch.stream().map(Waiting::pair).toList());
    } catch (RuntimeException e) {
      log.warn("a batch of {} failed, trying its pairs one by one", batch.size(), e);
      oneByOne(batch);
      return;
    } catch (Error e) {
      batch.forEach(waiting -> waiting.answer().completeExceptionally(e));
      return;
    }
    for (int i = 0; i < batch.size(); i++) {
      batch.get(i).answer().complete(results.get(i));
    }
  }

  private void oneByOne(List<Waiting> batch) {
    var results = new ArrayList<Reinforcement>(batch.size());
    RuntimeException last = null;
    int failed = 0;
    for (Waiting waiting : batch) {
      try {
        results.addAll(work.reinforce(List.of(waiting.pair())));
      } catch (RuntimeException e) {
        failed++;
        last = e;
        results.add(new Reinforcement.Refused("the models failed on it: " + e));
      }
    }
    for (int i = 0; i < batch.size(); i++) {
      if (failed == batch.size() && failed > 1 && last != null) {
        batch.get(i).answer().completeExceptionally(last);
      } else {
        batch.get(i).answer().complete(results.get(i));
      }
    }
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
    meters.forgetQueue();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
