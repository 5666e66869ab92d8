package org.everclip.evaluation.role;

import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.Locale;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.TaskOutcome;
import org.everclip.evaluation.holdout.FrozenHoldout;
import org.everclip.evaluation.metric.Interval;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.UnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a task on a loaded version and puts what came out into a record. For one thread. */
final class Measurement {

  private static final Logger log = LoggerFactory.getLogger(Measurement.class);

  private final Versions versions;
  private final Clock clock;

  Measurement(Versions versions, Clock clock) {
    this.versions = versions;
    this.clock = clock;
  }

  /** A record without a result yet. */
  EvaluationResult.Builder about(VersionInfo version, String suite, String group, String task) {
    return EvaluationResult.newBuilder()
        .setModel(version.manifest().model())
        .setVersion(version.version())
        .setSuite(suite)
        .setGroup(group)
        .setTask(task)
        .setStatus(EvaluationStatus.DONE)
        .setTime(clock.instant());
  }

  /** One benchmark, or one cell of the E matrix. What goes wrong is in the record. */
  EvaluationResult run(Session session, String suite, Suite.Entry entry) throws IOException {
    String metric = entry.task().mainMetric();
    String key = entry.task().key();
    EvaluationResult.Builder result =
        about(session.version(), suite, entry.task().group(), key).setMainMetric(metric);
    SampleSource source = entry.source();
    if (source == null) {
      return result
          .setStatus(EvaluationStatus.NOT_AVAILABLE)
          .setDetail(entry.unavailable())
          .build();
    }
    String name = session.version().manifest().model() + " " + session.version().manifest().label();
    try {
      Session.Loaded loaded = session.loaded();
      TaskOutcome outcome =
          source instanceof FrozenHoldout holdout
              ? loaded.holdouts().run(holdout)
              : loaded.runner().run(source);
      Double value = outcome.metrics().get(metric);
      if (value == null) {
        throw new UnavailableException("the data do not give " + metric);
      }
      log.info("{} {}: {} {}", name, key, metric, String.format(Locale.ROOT, "%.4f", value));
      Interval interval = outcome.interval(metric);
      return result
          .setValue(value)
          .setLow(interval.low())
          .setHigh(interval.high())
          .setMetrics(new HashMap<>(outcome.metrics()))
          .setSamples(outcome.samples())
          .setSeconds(outcome.seconds())
          .setPredictionsSha256(versions.store(Predictions.encode(outcome.correct())))
          .build();
    } catch (UnavailableException e) {
      return result
          .setStatus(EvaluationStatus.NOT_AVAILABLE)
          .setDetail(String.valueOf(e.getMessage()))
          .build();
    } catch (IllegalArgumentException e) {
      log.warn("{} {} failed", name, key, e);
      return result.setStatus(EvaluationStatus.FAILED).setDetail(String.valueOf(e)).build();
    }
  }
}
