package org.everclip.reinforce;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;

/**
 * What the operators of one job share inside one process, by the job's name: the meters and the one
 * copy of the models.
 *
 * <p>This is the module's only static state. Flink makes each operator from serialized bytes, so
 * nothing can be handed to it by a constructor; but the models are too large for one copy a
 * subtask, and the meters belong to the role that started the cluster. The models are counted: the
 * first operator that opens loads them, the last that closes frees them. Thread-safe.
 */
final class ProcessScope {

  private static final Map<String, ProcessScope> JOBS = new HashMap<>();

  private final ReinforceMeters meters;
  private @Nullable Ensemble ensemble;
  private volatile @Nullable ModelWatch watch;
  private @Nullable BatchingReinforcer<?> reinforcer;
  private int users;

  private ProcessScope(MeterRegistry registry) {
    this.meters = new ReinforceMeters(registry);
  }

  /** The share of one operator; closing it twice does nothing. */
  static final class Lease implements AutoCloseable {
    private final ProcessScope scope;
    private final Ensemble ensemble;
    private final BatchingReinforcer<?> reinforcer;
    private boolean closed;

    private Lease(ProcessScope scope, Ensemble ensemble, BatchingReinforcer<?> reinforcer) {
      this.scope = scope;
      this.ensemble = ensemble;
      this.reinforcer = reinforcer;
    }

    BatchingReinforcer<?> reinforcer() {
      return reinforcer;
    }

    /** Shows the meters of these models among an operator's. */
    void show(MetricGroup operator) {
      var models = new ArrayList<String>(List.of("caption"));
      ensemble.teachers().forEach(teacher -> models.add(teacher.name()));
      scope.meters.show(operator, models);
    }

    String reinforcementVersion() {
      return ensemble.reinforcementVersion();
    }

    @Override
    public void close() {
      synchronized (JOBS) {
        if (!closed) {
          closed = true;
          scope.release();
        }
      }
    }
  }

  /** Makes a role's meters known to the operators of its job. */
  static void register(String job, MeterRegistry registry) {
    synchronized (JOBS) {
      JOBS.put(job, new ProcessScope(registry));
    }
  }

  /** The job's meters; kept nowhere else when no role registered (a foreign task manager). */
  static ReinforceMeters meters(String job) {
    synchronized (JOBS) {
      return of(job).meters;
    }
  }

  /** Loads the models, or joins those who use them already. */
  static Lease acquire(ReinforceSettings settings) {
    synchronized (JOBS) {
      ProcessScope scope = of(settings.job());
      Ensemble ensemble = scope.ensemble;
      BatchingReinforcer<?> reinforcer = scope.reinforcer;
      if (ensemble == null || reinforcer == null) {
        ensemble = Ensemble.load(settings);
        ModelWatch watch = ModelWatch.over(ensemble, settings.onBadModel());
        scope.watch = watch;
        scope.meters.recipe(ensemble.reinforcementVersion());
        scope.meters.troubles(scope::countTroubles);
        reinforcer =
            new BatchingReinforcer<>(
                new Reinforcer(ensemble, scope.meters, watch),
                settings.workers(),
                settings.batchPairs(),
                Duration.ofMillis(settings.batchWaitMillis()),
                settings.parallelism()
                    * (ReinforceJob.inFlight(settings) + ReinforceJob.inFlightOfBackfill(settings)),
                scope.meters);
        scope.ensemble = ensemble;
        scope.reinforcer = reinforcer;
      }
      scope.users++;
      return new Lease(scope, ensemble, reinforcer);
    }
  }

  /** How many hold the job's models in this process. */
  static int users(String job) {
    synchronized (JOBS) {
      ProcessScope scope = JOBS.get(job);
      return scope == null ? 0 : scope.users;
    }
  }

  /** What is wrong with the job's models, with advice; empty when nothing is. */
  static String troubles(String job) {
    synchronized (JOBS) {
      ProcessScope scope = JOBS.get(job);
      ModelWatch watch = scope == null ? null : scope.watch;
      return watch == null || watch.troubles().isEmpty() ? "" : watch.advice();
    }
  }

  private int countTroubles() {
    ModelWatch now = watch;
    return now == null ? 0 : now.troubles().size();
  }

  private static ProcessScope of(String job) {
    return JOBS.computeIfAbsent(job, name -> new ProcessScope(new SimpleMeterRegistry()));
  }

  private void release() {
    if (--users > 0) {
      return;
    }
    if (reinforcer != null) {
      reinforcer.close();
      reinforcer = null;
    }
    if (ensemble != null) {
      ensemble.close();
      ensemble = null;
    }
  }
}
