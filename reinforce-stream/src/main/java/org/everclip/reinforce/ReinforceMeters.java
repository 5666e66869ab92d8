package org.everclip.reinforce;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.flink.metrics.MeterView;
import org.apache.flink.metrics.MetricGroup;

/**
 * The role's meters, all named {@code everclip.reinforce.*}. Thread-safe; creating them again for
 * the same registry finds the old ones, so counts survive a restart of the job inside the process.
 */
final class ReinforceMeters {

  private static final String PREFIX = "everclip.reinforce.";
  private static final String IN_FLIGHT = PREFIX + "queue.pairs";
  private static final String BACKFILL = PREFIX + "backfill.offsets";

  private final MeterRegistry registry;
  private final DistributionSummary batch;
  private final Timer wait;
  private final Map<String, Rate> rates = new ConcurrentHashMap<>();
  private final AtomicLong backfillDone = new AtomicLong();
  private final AtomicLong backfillTotal = new AtomicLong();

  ReinforceMeters(MeterRegistry registry) {
    this.registry = registry;
    this.batch = DistributionSummary.builder(PREFIX + "batch.pairs").register(registry);
    this.wait = registry.timer(PREFIX + "queue.wait");
  }

  /**
   * A record has left the job as {@code outcome}: reinforced, backfilled, refused, duplicate or
   * deleted.
   */
  void passed(String outcome) {
    registry.counter(PREFIX + "pairs", "outcome", outcome).increment();
  }

  /** A batch goes to the models; its pairs had been ready for so long. */
  void batch(List<Duration> waited) {
    batch.record(waited.size());
    waited.forEach(wait::record);
  }

  /** Measures one stage of the work; counts the pictures that a model looked at. */
  <T> T stage(String stage, int images, Supplier<T> work) {
    long start = System.nanoTime();
    try {
      return work.get();
    } finally {
      timer(stage).record(Duration.ofNanos(System.nanoTime() - start));
      if (images > 0) {
        images(stage).increment(images);
        rate(stage).add(images);
      }
    }
  }

  /** Shows which recipe is live: a figure of 1 with its version. */
  void recipe(String version) {
    if (registry.find(PREFIX + "recipe").tag("version", version).gauge() == null) {
      Gauge.builder(PREFIX + "recipe", () -> 1).tag("version", version).register(registry);
    }
  }

  /** Shows how far the back-fill under a version is, in offsets of pairs.accepted. */
  void backfill(String version, long done, long total) {
    backfillDone.set(done);
    backfillTotal.set(total);
    show(backfillDone, version, "done");
    show(backfillTotal, version, "total");
  }

  private void show(AtomicLong offsets, String version, String state) {
    if (registry.find(BACKFILL).tags("version", version, "state", state).gauge() == null) {
      Gauge.builder(BACKFILL, offsets, AtomicLong::get)
          .tags("version", version, "state", state)
          .register(registry);
    }
  }

  /** Shows what was found wrong with the models. */
  void troubles(Supplier<Number> count) {
    if (registry.find(PREFIX + "models.wrong").gauge() == null) {
      Gauge.builder(PREFIX + "models.wrong", count).strongReference(true).register(registry);
    }
  }

  /** Shows how many pairs have been handed over and not been answered yet. */
  void inFlight(Supplier<Number> pairs) {
    Gauge.builder(IN_FLIGHT, pairs).strongReference(true).register(registry);
  }

  /** The batches are gone (their gauge would otherwise keep them alive). */
  void forgetInFlight() {
    var gauge = registry.find(IN_FLIGHT).gauge();
    if (gauge != null) {
      registry.remove(gauge);
    }
  }

  /**
   * The same figures as metrics of a Flink operator: where the models run in a task manager, these
   * are the ones that anybody can see.
   */
  void show(MetricGroup operator, List<String> models) {
    MetricGroup group = operator.addGroup("reinforce");
    group.gauge("batchPairs", batch::mean);
    group.gauge("queueWaitMillis", () -> wait.mean(TimeUnit.MILLISECONDS));
    group.gauge(
        "inFlight",
        () -> {
          Gauge gauge = registry.find(IN_FLIGHT).gauge();
          return gauge == null ? 0.0 : gauge.value();
        });
    for (String model : models) {
      MetricGroup own = group.addGroup("model", model);
      own.gauge("callMillis", () -> timer(model).mean(TimeUnit.MILLISECONDS));
      org.apache.flink.metrics.Gauge<Double> looked = () -> images(model).count();
      own.gauge("images", looked);
      own.meter("imagesPerSecond", new MeterView(looked));
    }
  }

  private Timer timer(String stage) {
    return registry.timer(PREFIX + "stage", "stage", stage);
  }

  private Rate rate(String model) {
    return rates.computeIfAbsent(
        model,
        name -> {
          var rate = new Rate(System::nanoTime);
          Gauge.builder(PREFIX + "images.rate", rate, Rate::perSecond)
              .tag("model", name)
              .register(registry);
          return rate;
        });
  }

  private Counter images(String stage) {
    return registry.counter(PREFIX + "images", "model", stage);
  }
}
