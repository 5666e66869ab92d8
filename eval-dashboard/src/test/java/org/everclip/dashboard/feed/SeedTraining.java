package org.everclip.dashboard.feed;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.everclip.contracts.avro.TrainingMetric;

/** Made-up curves of one run: 1,500 steps in five rounds, a version after each. */
final class SeedTraining {

  private static final int STEPS = 1500;
  private static final int ROUND = 300;

  private final ReadModel model;
  private final Instant now;

  SeedTraining(ReadModel model, Instant now) {
    this.model = model;
    this.now = now;
  }

  void curves() {
    var random = new Random(1);
    for (int step = 1; step <= STEPS; step++) {
      Instant at = now.minusSeconds(STEPS - step);
      model.point(point(step, at, Math.exp(-step / 500.0) * 3 + 1 + random.nextDouble() / 5));
      if (step % ROUND == 0) {
        model.point(metric(step, at, Map.of("publishedVersion", 1.0 * step / ROUND)));
      }
    }
  }

  /** One step's figures. */
  static TrainingMetric point(long step, Instant now, double loss) {
    var values = new HashMap<String, Double>();
    values.put("loss", loss);
    values.put("lossClip", loss * 0.6);
    values.put("lossDistill", loss * 0.4);
    values.put("learningRate", 0.001 * Math.min(1, step / 100.0));
    values.put("gradientNorm", 1.5);
    values.put("logitScale", 14.3);
    values.put("samplesPerSecond", 210.0);
    values.put("replayShare", 0.5);
    values.put("batchAgeMean", 20 + step / 400.0);
    values.put("batchAgeOldest", 90.0);
    values.put("stepSeconds", 0.5);
    values.put("dataSeconds", 0.01);
    values.put("otherSeconds", 0.02);
    values.put("gflopsPerSecond", 41.0);
    values.put("utilisation", 0.41);
    values.put("quarantined", step < 700 ? 0.0 : 1.0);
    return metric(step, now, values);
  }

  private static TrainingMetric metric(long step, Instant at, Map<String, Double> values) {
    return new TrainingMetric(
        "demo-1", Seed.MODEL, (int) ((step - 1) / ROUND) + 1, step, values, at);
  }
}
