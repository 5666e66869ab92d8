package org.everclip.service;

import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Statistic;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.PipelineMetric;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends a role's meters to {@code pipeline.metrics} every few seconds; never disturbs the role. */
final class MetricsReporter implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(MetricsReporter.class);
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private final RoleContext context;
  private final MeterRegistry meters;
  private final StopSignal closed = new StopSignal();
  private final Thread thread;

  MetricsReporter(RoleContext context) {
    this.context = context;
    this.meters = context.meters();
    this.thread = new Thread(this::report, "pipeline-metrics");
    thread.setDaemon(true);
    thread.start();
  }

  private void report() {
    Properties properties = Clients.producer(context.config());
    properties.put("max.block.ms", "2000");
    properties.put("delivery.timeout.ms", "10000");
    properties.put("request.timeout.ms", "5000");
    RecordCodec<PipelineMetric> codec =
        RecordCodec.of(Topics.PIPELINE_METRICS, Clients.schemaRegistry(context.config()));
    String instance = Long.toString(ProcessHandle.current().pid());
    try (var producer =
        new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer())) {
      while (!closed.await(INTERVAL)) {
        try {
          var metric =
              new PipelineMetric(
                  context.role(),
                  instance,
                  values(),
                  context.health().isReady(),
                  context.health().detail(),
                  Instant.now());
          producer.send(
              new ProducerRecord<>(
                  Topics.PIPELINE_METRICS.name(), context.role(), codec.encode(metric)));
        } catch (RuntimeException e) {
          log.debug("metrics not sent", e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (KafkaException e) {
      log.warn("no pipeline metrics: {}", e.getMessage());
    }
  }

  private Map<String, Double> values() {
    var values = new HashMap<String, Double>();
    String healthPort = System.getenv(RoleMain.HEALTH_PORT);
    if (healthPort != null) {
      values.put("everclip.health.port", Double.valueOf(healthPort));
    }
    for (Meter meter : meters.getMeters()) {
      String name = meter.getId().getName();
      if (!name.startsWith("everclip.") && !name.equals("process.cpu.usage")) {
        continue;
      }
      String tags =
          meter.getId().getTags().stream()
              .map(tag -> tag.getKey() + "=" + tag.getValue())
              .collect(Collectors.joining(",", "{", "}"));
      for (Measurement measurement : meter.measure()) {
        Statistic statistic = measurement.getStatistic();
        boolean main = statistic == Statistic.COUNT || statistic == Statistic.VALUE;
        double value = measurement.getValue();
        if (!Double.isFinite(value)) {
          continue;
        }
        String key = tags.equals("{}") ? name : name + tags;
        values.put(main ? key : key + "." + statistic.getTagValueRepresentation(), value);
      }
    }
    return values;
  }

  @Override
  public void close() throws InterruptedException {
    closed.request();
    thread.join(Duration.ofSeconds(3).toMillis());
  }
}
