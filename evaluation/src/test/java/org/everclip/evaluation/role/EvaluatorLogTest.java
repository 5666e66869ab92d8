package org.everclip.evaluation.role;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.EvaluationStatus;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.platform.TopicsApply;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the evaluator knows is on the topics: results, and which held-out pairs are frozen. */
class EvaluatorLogTest {

  private static final String EVERYTHING = "holdout/all";

  @TempDir private Path home;
  private EmbeddedBroker broker;
  private SchemaRegistryServer registry;
  private EverclipConfig config;
  private final VersionInfo version = new MemoryVersions().publish("2014");

  @BeforeEach
  void start() throws Exception {
    broker = EmbeddedBroker.start(home.resolve("broker"));
    registry = SchemaRegistryServer.start(0, broker.bootstrap());
    config =
        new ConfigLoader(Map.of())
            .load(
                home,
                null,
                List.of(
                    "kafka.bootstrap=" + broker.bootstrap(),
                    "schemaRegistry.url=" + registry.url(),
                    "evaluation.data=" + home.resolve("none"),
                    "evaluation.holdoutMinimum=100",
                    "kafka.partitions=4"));
    try (Admin admin = Admin.create(Clients.common(config))) {
      TopicsApply.apply(admin, config.kafka().partitions(), (short) 1, false);
    }
  }

  @AfterEach
  void stop() throws Exception {
    registry.close();
    broker.close();
  }

  @Test
  void holdoutsAreFrozenOnceLargeEnoughForgetDeletedPairsAndSurviveTheLossOfTheFolder()
      throws Exception {
    List<String> before;
    try (var results = new ResultLog(config);
        var bench = new DataBench(config, results, Clock.systemUTC())) {
      offer(0, 49, "2014", Split.HOLDOUT);
      offer(1000, 1100, "2014", Split.TRAIN);
      assertThat(entry(bench, EVERYTHING).unavailable()).contains("only 49 pairs");

      offer(49, 120, "2014", Split.HOLDOUT);
      offer(200, 260, "2015", Split.HOLDOUT);
      Tasks frozen = bench.open(version);
      assertThat(frozen.periods()).hasSize(1);
      String suite = frozen.periods().get(0).id();
      assertThat(keys(entry(bench, "period/2014"))).hasSize(120);
      assertThat(keys(entry(bench, EVERYTHING))).hasSize(180);

      offer(120, 150, "2014", Split.HOLDOUT);
      offer(260, 320, "2015", Split.HOLDOUT);
      Tasks later = bench.open(version);
      assertThat(later.periods().get(0).id()).isEqualTo(suite);
      assertThat(keys(entry(bench, "period/2015"))).hasSize(120);

      delete("pair-00007");
      assertThat(keys(entry(bench, "period/2014"))).hasSize(119).doesNotContain("pair-00007");
      assertThat(bench.open(version).periods().get(0).id()).isNotEqualTo(suite);
      before = keys(entry(bench, EVERYTHING));
      assertThat(results.group(EvaluationGroups.FROZEN)).hasSize(3);
    }
    assertThat(pictures()).isEqualTo(120 - 1 + 120);
    remove(home.resolve("state/evaluator"));
    try (var results = new ResultLog(config);
        var bench = new DataBench(config, results, Clock.systemUTC())) {
      assertThat(keys(entry(bench, EVERYTHING))).isEqualTo(before);
      assertThat(keys(entry(bench, "period/2014"))).hasSize(119);
      assertThat(results.group(EvaluationGroups.FROZEN)).hasSize(3);
    }
    try (var results = new ResultLog(config);
        var restarted = new DataBench(config, results, Clock.systemUTC())) {
      assertThat(keys(entry(restarted, EVERYTHING))).isEqualTo(before);
    }
  }

  @Test
  void whoStartsKnowsAllResultsAndShutsOutTheOneBefore() throws Exception {
    var first = new ResultLog(config);
    first.add(result("local/a"));

    try (var second = new ResultLog(config)) {
      assertThat(second.find(MemoryVersions.MODEL, 1, "suite", "local/a")).isPresent();
      assertThatThrownBy(() -> first.add(result("local/b")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another evaluator has started");
      second.add(result("local/b"));
    } finally {
      first.close();
    }
    try (var third = new ResultLog(config)) {
      assertThat(third.of(MemoryVersions.MODEL, 1))
          .extracting(EvaluationResult::getTask)
          .containsExactly("local/a", "local/b");
    }
  }

  private EvaluationResult result(String task) {
    return EvaluationResult.newBuilder()
        .setModel(MemoryVersions.MODEL)
        .setVersion(1)
        .setSuite("suite")
        .setTask(task)
        .setStatus(EvaluationStatus.DONE)
        .setTime(Instant.EPOCH)
        .build();
  }

  private Suite.Entry entry(DataBench bench, String key) throws Exception {
    Tasks tasks = bench.open(version);
    return Stream.concat(tasks.benchmarks().stream(), tasks.periods().stream())
        .flatMap(suite -> suite.entry(key).stream())
        .findFirst()
        .orElseThrow();
  }

  private static List<String> keys(Suite.Entry entry) throws Exception {
    SampleSource source = entry.source();
    assertThat(source).as(entry.unavailable()).isNotNull();
    var keys = new ArrayList<String>();
    source.forEach((Sample sample) -> keys.add(sample.key()));
    return keys;
  }

  private long pictures() throws IOException {
    try (Stream<Path> files = Files.walk(home.resolve("state/evaluator/holdout/pictures"))) {
      return files.filter(file -> Files.isRegularFile(file)).count();
    }
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private void offer(int from, int to, String period, Split split) throws Exception {
    RecordCodec<AcceptedPair> codec =
        RecordCodec.of(Topics.ACCEPTED, Clients.schemaRegistry(config));
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(config), new StringSerializer(), new ByteArraySerializer())) {
      for (int i = from; i < to; i++) {
        String id = "pair-%05d".formatted(i);
        producer.send(
            new ProducerRecord<>(
                Topics.ACCEPTED.name(), id, codec.encode(pair(id, period, split))));
      }
      producer.flush();
    }
  }

  private void delete(String id) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(config), new StringSerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(Topics.ACCEPTED.name(), id, null)).get();
    }
  }

  private static AcceptedPair pair(String id, String period, Split split) {
    return AcceptedPair.newBuilder()
        .setPairId(id)
        .setRevision(1)
        .setSource("test")
        .setCaption("picture " + id)
        .setImage(ByteBuffer.wrap(id.getBytes(UTF_8)))
        .setWidth(1)
        .setHeight(1)
        .setOriginalSha256("")
        .setImageSha256("")
        .setPerceptualHash(0)
        .setFirstSeenTime(Instant.EPOCH)
        .setPeriodId(period)
        .setSplit(split)
        .setRawPosition(new RawPosition(Topics.RAW.name(), 0, 0L))
        .build();
  }
}
