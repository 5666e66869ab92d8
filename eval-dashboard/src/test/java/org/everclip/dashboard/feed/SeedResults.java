package org.everclip.dashboard.feed;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;

/**
 * Made-up results: the newest version is worse. The 38 DataComp tasks have their real keys; three
 * of them have values.
 */
final class SeedResults {

  private static final Set<String> MEASURED = Set.of("cifar10", "mnist", "vtab/dtd");
  private static final int SAMPLES = 80;

  private final ReadModel model;
  private final Instant now;
  private final BlobServer.Blobs blobs;

  SeedResults(ReadModel model, Instant now, BlobServer.Blobs blobs) {
    this.model = model;
    this.now = now;
    this.blobs = blobs;
  }

  void results(int count) throws IOException {
    List<String> keys = datacomp();
    for (int version = 1; version <= count; version++) {
      double gain = version == count ? -0.06 : 0.02 * Math.min(version, 10);
      put(
          done(version, "local", "local/clipart_category", "acc1", 0.18 + gain)
              .setMetrics(Map.of("expected_calibration_error", 0.07))
              .setPredictionsSha256(verdicts(version == count)));
      put(done(version, "local", "local/emoji_category", "acc1", 0.31 + gain / 2));
      put(done(version, "local", "local/emoji_retrieval", "mean_recall@5", 0.22 + gain));
      put(done(version, "holdout", "holdout/all", "mean_recall@5", 0.35 + gain));
      for (String key : keys) {
        put(
            MEASURED.contains(key)
                ? done(version, "datacomp", key, "acc1", 0.4 + gain)
                : base(version, "datacomp", key, "acc1")
                    .setStatus(EvaluationStatus.NOT_AVAILABLE)
                    .setDetail("no data: evaluation.datacomp names no folder"));
      }
      beside(version, gain);
      put(decision(version, version != count, count));
    }
    flips(count);
  }

  /** The keys of the 38 tasks, from the list that the evaluator has. */
  static List<String> datacomp() throws IOException {
    Path file =
        Path.of(
            System.getProperty("everclip.project"),
            "evaluation/src/main/resources/datacomp-tasks.json");
    var keys = new ArrayList<String>();
    for (JsonNode task : JsonMapper.builder().build().readTree(file.toFile())) {
      keys.add(task.path("key").asText());
    }
    return keys;
  }

  private void beside(int version, double gain) {
    for (String period : List.of("2024", "2025")) {
      double value = period.equals("2024") ? 0.4 - 0.01 * Math.min(version, 10) : 0.3 + gain;
      put(done(version, "period", "period/" + period, "mean_recall@5", value));
    }
    put(
        done(version, "ematrix", "ematrix", "backward", 0.36)
            .setMetrics(Map.of("inDomain", 0.4, "backward", 0.36, "forward", 0.3)));
    put(
        done(version, "latency", "latency", "p50", 12.5)
            .setLow(12.1)
            .setHigh(13.2)
            .setMetrics(Map.of("image", 9.0, "text", 3.5)));
  }

  private void flips(int count) {
    if (count > 1) {
      String task = "local/clipart_category";
      put(
          done(count, "flips", "flips/main", "negative", 0.35)
              .setMetrics(
                  Map.of(
                      "against",
                      (double) Seed.main(count),
                      "shared",
                      400.0,
                      "negative",
                      140.0,
                      "positive",
                      35.0,
                      "shared:" + task,
                      (double) SAMPLES,
                      "negative:" + task,
                      20.0,
                      "positive:" + task,
                      5.0,
                      "delta:" + task,
                      -0.19,
                      "p:" + task,
                      0.004)));
    }
  }

  /** As the evaluator stores them: of the newest version every fourth sample is wrong. */
  private String verdicts(boolean newest) throws IOException {
    var json = new StringBuilder("[");
    for (int i = 0; i < SAMPLES; i++) {
      boolean right = newest ? i % 4 != 0 : i % 16 != 3;
      json.append(i == 0 ? "" : ",")
          .append(
              """
              {"key":"s%07d","right":%s,"label":0,"answer":%d,"confidence":0.4,"margin":"NaN"}"""
                  .formatted(i, right, right ? 0 : 1));
    }
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write(json.append("]").toString().getBytes(UTF_8));
    }
    return blobs.put(bytes.toByteArray());
  }

  private EvaluationResult.Builder done(
      int version, String group, String task, String metric, double value) {
    return base(version, group, task, metric)
        .setStatus(EvaluationStatus.DONE)
        .setValue(value)
        .setLow(value - 0.04)
        .setHigh(value + 0.04)
        .setSamples(420)
        .setSeconds(1.5);
  }

  private EvaluationResult.Builder decision(int version, boolean promoted, int count) {
    var metrics = new HashMap<String, Double>();
    if (version > 1) {
      metrics.put("delta:local/clipart_category", promoted ? 0.02 : -0.24);
      metrics.put("delta:local/emoji_category", promoted ? 0.01 : -0.12);
      metrics.put("delta:holdout/all", promoted ? 0.02 : -0.14);
      metrics.put("flips.shared", 400.0);
      metrics.put("flips.negative", promoted ? 20.0 : 140.0);
      metrics.put("flips.positive", 35.0);
    }
    metrics.put("against", (double) (version == count ? Seed.main(count) : version - 1));
    return base(version, "decision", "promotion", "promoted")
        .setSuite("decision")
        .setStatus(EvaluationStatus.DONE)
        .setDetail(
            promoted
                ? "promoted: mean over 4 tasks changes by 1.8 points; 20 of 400 samples flip"
                : "not promoted: local/clipart_category falls by 24.0 points, more than the"
                    + " allowed 10.0 plus its noise of 4.0; 140 of 400 samples flip from right"
                    + " to wrong (35.0 %), allowed are 25.0 %")
        .setValue(promoted ? 1.0 : 0.0)
        .setMetrics(metrics);
  }

  private EvaluationResult.Builder base(int version, String group, String task, String metric) {
    return EvaluationResult.newBuilder()
        .setModel(Seed.MODEL)
        .setVersion(version)
        .setSuite("5u1te")
        .setTask(task)
        .setGroup(group)
        .setMainMetric(metric)
        .setTime(now);
  }

  private void put(EvaluationResult.Builder builder) {
    EvaluationResult result = builder.build();
    model.result(
        String.join(
            "/",
            result.getModel(),
            Integer.toString(result.getVersion()),
            result.getSuite(),
            result.getTask()),
        result);
  }
}
