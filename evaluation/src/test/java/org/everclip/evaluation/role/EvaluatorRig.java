package org.everclip.evaluation.role;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.config.EverclipConfig.Evaluation;
import org.everclip.contracts.config.EverclipConfig.Promotion;

/** An evaluator over memory; what it leaves can be compared. */
final class EvaluatorRig {

  static final String LATENCY = "latency-here";

  private EvaluatorRig() {}

  static Evaluator evaluator(Versions versions, Results results, Bench bench) {
    return new Evaluator(
        new Evaluation(
            "",
            "",
            true,
            100,
            1000,
            8,
            "",
            "fp32",
            new Promotion("main", -0.005, 0.10, 0.25, 0, List.of())),
        versions,
        EvaluatorRig::load,
        results,
        bench,
        new Measurement(versions, Clock.systemUTC()),
        LATENCY,
        new SimpleMeterRegistry());
  }

  private static NumberModel load(Path directory) throws IOException {
    if (directory.toString().equals(MemoryVersions.BROKEN)) {
      throw new IOException("not a model");
    }
    return new NumberModel(Integer.parseInt(directory.toString().substring(1)));
  }

  /** Works until there is nothing to do. */
  static void work(Evaluator evaluator) throws IOException, InterruptedException {
    while (evaluator.workOnce(() -> false)) {
      // The next piece.
    }
  }

  /** Everything that must not depend on how often the evaluator was killed, by key. */
  static Map<String, String> facts(Results results, int versions) {
    var facts = new TreeMap<String, String>();
    for (int version = 1; version <= versions; version++) {
      for (EvaluationResult result : results.of(MemoryVersions.MODEL, version)) {
        boolean timed = result.getGroup().equals(EvaluationGroups.LATENCY);
        facts.put(
            Results.key(result),
            "%s %s %s %s %s %s %d %s"
                .formatted(
                    result.getStatus(),
                    timed ? "" : result.getValue(),
                    timed ? "" : result.getLow(),
                    timed ? "" : result.getHigh(),
                    timed ? "" : new TreeMap<>(untimed(result)),
                    result.getPredictionsSha256(),
                    result.getSamples(),
                    untimed(result.getDetail())));
      }
    }
    return facts;
  }

  private static Map<String, Double> untimed(EvaluationResult result) {
    var metrics = new TreeMap<>(result.getMetrics());
    metrics.remove("latency.ratio");
    return metrics;
  }

  private static String untimed(String detail) {
    return detail.replaceAll("one picture and one text take [^;]*", "");
  }
}
