package org.everclip.reinforce;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * The role's meters, all named {@code everclip.reinforce.*}. Thread-safe; creating them again for
 * the same registry finds the old ones, so counts survive a restart of the job inside the process.
 */
final class ReinforceMeters {

  private static final String PREFIX = "everclip.reinforce.";

  private final MeterRegistry registry;
  private final DistributionSummary batch;

  ReinforceMeters(MeterRegistry registry) {
    this.registry = registry;
    this.batch = DistributionSummary.builder(PREFIX + "batch.pairs").register(registry);
  }

  /** A record has left the job as {@code outcome}: reinforced, refused, duplicate or deleted. */
  void passed(String outcome) {
    registry.counter(PREFIX + "pairs", "outcome", outcome).increment();
  }

  /** A batch was put together from so many pairs, the first of which waited so long. */
  void batch(int pairs, Duration waited) {
    batch.record(pairs);
    registry.timer(PREFIX + "queue.wait").record(waited);
  }

  /** Measures one stage of the work; counts the pictures that a model looked at. */
  <T> T stage(String stage, int images, Supplier<T> work) {
    long start = System.nanoTime();
    try {
      return work.get();
    } finally {
      registry
          .timer(PREFIX + "stage", "stage", stage)
          .record(Duration.ofNanos(System.nanoTime() - start));
      if (images > 0) {
        images(stage).increment(images);
      }
    }
  }

  /** Shows how many pairs wait or are in a model call. */
  void queue(Supplier<Number> depth) {
    io.micrometer.core.instrument.Gauge.builder(PREFIX + "queue.pairs", depth)
        .strongReference(true)
        .register(registry);
  }

  /** The queue is gone (its gauge would otherwise keep it alive). */
  void forgetQueue() {
    var gauge = registry.find(PREFIX + "queue.pairs").gauge();
    if (gauge != null) {
      registry.remove(gauge);
    }
  }

  private Counter images(String stage) {
    return registry.counter(PREFIX + "images", "model", stage);
  }
}
