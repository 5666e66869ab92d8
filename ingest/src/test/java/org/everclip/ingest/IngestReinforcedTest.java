package org.everclip.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.gate.GateService;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.platform.TopicsApply;
import org.everclip.service.ConfigLoader;
import org.everclip.service.Health;
import org.everclip.service.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command, a real broker and the gate: shards of a reinforced set, sent twice. */
@Timeout(120)
class IngestReinforcedTest {

  private static final Path SHARDS = Path.of("../formats/src/test/resources/goldens/shards");

  @TempDir Path home;

  @Test
  void aReinforcedSetEntersOnceHoweverOftenItIsSent() throws Exception {
    try (var broker = EmbeddedBroker.start(home.resolve("broker"));
        var registry = SchemaRegistryServer.start(0, broker.bootstrap())) {
      List<String> settings =
          List.of(
              "kafka.bootstrap=" + broker.bootstrap(),
              "schemaRegistry.url=" + registry.url(),
              "kafka.partitions=2",
              "gate.holdoutShare=0");
      EverclipConfig config = new ConfigLoader(Map.of()).load(home, null, settings);
      try (Admin admin = Admin.create(Clients.common(config))) {
        TopicsApply.apply(admin, config.kafka().partitions(), (short) 1, false);
      }
      String set = "datacompdr:" + SHARDS.resolve("published-like-noimage.tar");
      String originals = SHARDS.resolve("originals.tar").toString();

      JsonNode dry = run(settings, set, "--originals", originals, "--dry-run");
      assertThat(dry.path("wouldEnter").asInt()).isEqualTo(2);
      assertThat(ends(config, Topics.RAW)).isZero();

      var stop = new StopSignal();
      ExecutorService thread = Executors.newSingleThreadExecutor();
      try {
        Future<?> gate =
            thread.submit(
                () -> {
                  new GateService(config, new SimpleMeterRegistry(), new Health()).run(stop);
                  return null;
                });
        JsonNode first = run(settings, set, "--originals", originals, "--wait");
        assertThat(first.path("acknowledged").asInt()).isEqualTo(2);
        assertThat(first.path("decided").path("accepted").asInt()).isEqualTo(2);

        JsonNode second = run(settings, set, "--originals", originals);
        assertThat(second.path("acknowledged").asInt()).isZero();
        assertThat(second.path("sentBefore").asInt()).isEqualTo(2);

        JsonNode again = run(settings, set, "--originals", originals, "--again", "--wait");
        assertThat(again.path("decided").path("duplicate exact").asInt())
            .as("%s", again)
            .isEqualTo(2);
        stop.request();
        gate.get(30, TimeUnit.SECONDS);
      } finally {
        stop.request();
        thread.shutdownNow();
      }

      var accepted = accepted(config);
      assertThat(accepted).hasSize(2);
      assertThat(accepted.values())
          .allSatisfy(
              pair -> {
                assertThat(pair.getReinforcement().getReinforcementVersion())
                    .startsWith("datacompdr-");
                assertThat(pair.getReinforcement().getTeacherEmbeddings()).hasSize(2);
              });
    }
  }

  private JsonNode run(List<String> settings, String... words) throws Exception {
    var args = new ArrayList<>(List.of(words));
    args.addAll(List.of("--home", home.toString(), "--json"));
    settings.forEach(setting -> args.addAll(List.of("--set", setting)));
    var out = new StringWriter();
    var err = new StringWriter();
    int code =
        IngestMain.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args.toArray(String[]::new));
    if (code != 0) {
      fail("exit %d: %s%s", code, out, err);
    }
    return new JsonMapper().readTree(out.toString());
  }

  private static long ends(EverclipConfig config, Topics.Topic topic) {
    try (var consumer = consumer(config, topic)) {
      return consumer.endOffsets(consumer.assignment()).values().stream()
          .mapToLong(Long::longValue)
          .sum();
    }
  }

  private static Map<String, AcceptedPair> accepted(EverclipConfig config) {
    RecordCodec<AcceptedPair> codec =
        RecordCodec.of(Topics.ACCEPTED, Clients.schemaRegistry(config));
    var pairs = new HashMap<String, AcceptedPair>();
    try (var consumer = consumer(config, Topics.ACCEPTED)) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          AcceptedPair pair = codec.decode(record.value());
          assertThat(pairs.put(pair.getPairId(), pair)).isNull();
        }
      }
    }
    return pairs;
  }

  private static KafkaConsumer<byte[], byte[]> consumer(EverclipConfig config, Topics.Topic topic) {
    var settings = Clients.common(config);
    settings.put("isolation.level", "read_committed");
    settings.put("auto.offset.reset", "earliest");
    var consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.assign(
        consumer.partitionsFor(topic.name()).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList());
    consumer.seekToBeginning(consumer.assignment());
    return consumer;
  }
}
