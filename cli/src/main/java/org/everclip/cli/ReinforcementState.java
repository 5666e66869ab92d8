package org.everclip.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.PipelineMetric;
import org.everclip.contracts.config.EverclipConfig;

/**
 * What the reinforcement said of itself last, on {@code pipeline.metrics}.
 *
 * @param version the recipe that is live
 * @param backfilled offsets of pairs.accepted that its back-fill has gone through
 * @param toBackfill all that it goes through, 0 where there is none
 * @param wrongModels models that cannot be right
 */
record ReinforcementState(String version, long backfilled, long toBackfill, long wrongModels) {

  private static final String PREFIX = "everclip.reinforce.";
  private static final Pattern RECIPE =
      Pattern.compile(Pattern.quote(PREFIX + "recipe") + "\\{version=([0-9a-f]+)}");
  private static final int LAST_RECORDS = 300;
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** The state, if the role has reported lately. */
  static Optional<ReinforcementState> latest(EverclipConfig config) {
    Properties reading = Clients.consumer(config);
    reading.put("default.api.timeout.ms", Long.toString(PATIENCE.toMillis()));
    var codec =
        RecordCodec.<PipelineMetric>of(Topics.PIPELINE_METRICS, Clients.schemaRegistry(config));
    var partition = new TopicPartition(Topics.PIPELINE_METRICS.name(), 0);
    Optional<ReinforcementState> latest = Optional.empty();
    try (var consumer =
        new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToEnd(List.of(partition));
      long end = consumer.position(partition);
      consumer.seek(partition, Math.max(0, end - LAST_RECORDS));
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (consumer.position(partition) < end && System.nanoTime() < deadline) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          PipelineMetric metric = codec.decode(record.value());
          if (metric != null && metric.getRole().startsWith("reinforce")) {
            latest = of(metric.getValues()).or(keep(latest));
          }
        }
      }
    } catch (KafkaException | MalformedRecordException e) {
      return Optional.empty();
    }
    return latest;
  }

  private static Supplier<Optional<ReinforcementState>> keep(Optional<ReinforcementState> state) {
    return () -> state;
  }

  /** The state that a role's figures tell; empty when they are of no recipe. */
  static Optional<ReinforcementState> of(Map<String, Double> values) {
    for (String name : values.keySet()) {
      Matcher recipe = RECIPE.matcher(name);
      if (recipe.matches()) {
        String version = recipe.group(1);
        return Optional.of(
            new ReinforcementState(
                version,
                value(values, "backfill.offsets{state=done,version=" + version + "}"),
                value(values, "backfill.offsets{state=total,version=" + version + "}"),
                value(values, "models.wrong")));
      }
    }
    return Optional.empty();
  }

  /** For people. */
  String text() {
    String backfill =
        toBackfill == 0
            ? ""
            : backfilled >= toBackfill
                ? ", back-fill through"
                : ", back-fill %d of %d".formatted(backfilled, toBackfill);
    return "recipe "
        + version
        + backfill
        + (wrongModels == 0 ? "" : ", %d MODELS CANNOT BE RIGHT".formatted(wrongModels));
  }

  private static long value(Map<String, Double> values, String name) {
    return Math.round(values.getOrDefault(PREFIX + name, 0.0));
  }
}
