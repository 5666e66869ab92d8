package org.everclip.trainer;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.TrainingMetric;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends each step's figures to {@code training.metrics}. What cannot be sent is lost: training does
 * not wait for its curves. A step that is repeated after a crash is sent again under its number.
 */
final class Curves {

  private static final Logger log = LoggerFactory.getLogger(Curves.class);

  private final Producer<String, byte[]> producer;
  private final RecordCodec<TrainingMetric> codec;
  private final String run;
  private final String model;
  private final Clock clock;

  Curves(
      Producer<String, byte[]> producer,
      RecordCodec<TrainingMetric> codec,
      String run,
      String model,
      Clock clock) {
    this.producer = producer;
    this.codec = codec;
    this.run = run;
    this.model = model;
    this.clock = clock;
  }

  void send(StepReport report) {
    send(report.round(), report.step(), values(report, Instant.now(clock)));
  }

  /** Marks where in the curves a version was published. */
  void published(int round, long step, int version) {
    send(round, step, Map.of("publishedVersion", (double) version));
  }

  private void send(int round, long step, Map<String, Double> values) {
    var metric = new TrainingMetric(run, model, round, step, values, Instant.now(clock));
    try {
      var unused =
          producer.send(
              new ProducerRecord<>(Topics.TRAINING_METRICS.name(), run, codec.encode(metric)),
              (metadata, error) -> {
                if (error != null) {
                  log.debug("a point of the curves is lost", error);
                }
              });
    } catch (RuntimeException e) {
      log.debug("a point of the curves is lost", e);
    }
  }

  private static Map<String, Double> values(StepReport report, Instant now) {
    var values = new HashMap<String, Double>();
    values.put("loss", report.result().loss());
    values.put("lossClip", report.result().lossClip());
    values.put("lossDistill", report.result().lossDistill());
    if (report.result().lossCompatibility() > 0) {
      values.put("lossCompatibility", report.result().lossCompatibility());
    }
    values.put("learningRate", report.learningRate());
    values.put("gradientNorm", report.result().gradientNorm());
    values.put("logitScale", report.result().logitScale());
    values.put("samplesPerSecond", report.samples() / report.seconds());
    values.put("dataSeconds", report.dataSeconds());
    values.put("stepSeconds", report.stepSeconds());
    values.put("otherSeconds", report.otherSeconds());
    values.put("gflopsPerSecond", report.flops() / report.seconds() / 1e9);
    values.put("utilisation", report.utilisation());
    values.put("replayShare", report.replayShare());
    values.put("batchAgeMean", days(report.meanTime(), now));
    values.put("batchAgeOldest", days(report.oldestTime(), now));
    values.put("quarantined", (double) report.quarantined());
    return values;
  }

  private static double days(Instant from, Instant to) {
    return Duration.between(from, to).toMillis() / 86_400_000.0;
  }
}
