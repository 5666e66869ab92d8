package org.everclip.ingest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.gate.Pictures;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.platform.TopicsApply;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The fetcher as a process of its own before a real broker and web server, killed as it works. */
class FetchKillTest {

  private static final int PAIRS = 300;
  private static final int KILLS = 3;

  @TempDir Path home;

  @Test
  void eachUrlHasExactlyOneOutcomeThoughTheFetcherIsKilled() throws Exception {
    try (var broker = EmbeddedBroker.start(home.resolve("broker"));
        var registry = SchemaRegistryServer.start(0, broker.bootstrap());
        var admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
      HttpServer web = web();
      List<String> settings =
          List.of(
              "kafka.bootstrap=" + broker.bootstrap(),
              "schemaRegistry.url=" + registry.url(),
              "kafka.partitions=4",
              "fetch.enabled=true",
              "fetch.allowAddresses=[127.0.0.1/32]",
              "fetch.ports=[" + web.getAddress().getPort() + "]",
              "fetch.hostDelay=PT0.002S",
              "fetch.backoff=PT0.01S",
              "fetch.minArrivalRate=0");
      EverclipConfig config = new ConfigLoader(Map.of()).load(home, null, settings);
      TopicsApply.apply(admin, config.kafka().partitions(), (short) 1, false);
      List<RawPosition> urls = offer(config, web.getAddress().getPort());
      Process fetcher = fetcher(settings);
      try {
        for (int kill = 1; kill <= KILLS; kill++) {
          int some = kill * PAIRS / (KILLS + 1);
          awaitOutcomes(config, some);
          fetcher.destroyForcibly().waitFor();
          fetcher = fetcher(settings);
        }
        awaitOutcomes(config, urls.size());

        List<String> outcomes = outcomes(config);
        assertThat(outcomes).doesNotHaveDuplicates();
        assertThat(outcomes)
            .containsExactlyInAnyOrderElementsOf(urls.stream().map(FetchKillTest::text).toList());
        assertThat(reasons(config))
            .containsOnly(
                Map.entry(RejectionReason.FETCH_STATUS, PAIRS / 10),
                Map.entry(RejectionReason.FETCH_ADDRESS, PAIRS / 10));
        List<ImageTextPair> fetched = fetched(config);
        assertThat(fetched).hasSize(PAIRS - 2 * (PAIRS / 10));
        assertThat(fetched)
            .allSatisfy(
                pair ->
                    assertThat(pair.getImage())
                        .isEqualTo(ByteBuffer.wrap(picture(pair.getExternalId()))));
        // Asked to stop, it ends well.
        fetcher.destroy();
        assertThat(fetcher.waitFor()).isZero();
      } finally {
        fetcher.destroyForcibly().waitFor();
        web.stop(0);
      }
    }
  }

  private static byte[] picture(String id) {
    return Pictures.drawing(Long.parseLong(id.substring(1)));
  }

  /** /N.png is a drawing, /missing is not there. */
  private static HttpServer web() throws IOException {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 100);
    web.setExecutor(
        Executors.newFixedThreadPool(
            4,
            task -> {
              var thread = new Thread(task, "web");
              thread.setDaemon(true);
              return thread;
            }));
    web.createContext(
        "/",
        exchange -> {
          String name = exchange.getRequestURI().getPath().substring(1);
          if (name.endsWith(".png")) {
            byte[] body = Pictures.drawing(Long.parseLong(name.replace(".png", "")));
            exchange.getResponseHeaders().add("Content-Type", "image/png");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          } else {
            exchange.sendResponseHeaders(404, -1);
          }
          exchange.close();
        });
    web.start();
    return web;
  }

  /** Sends addresses among pictures and garbage; returns the positions of what is to be fetched. */
  private static List<RawPosition> offer(EverclipConfig config, int port) throws Exception {
    var codec = new RawPairCodec(Clients.schemaRegistry(config));
    RecordCodec<RejectedPair> rejections =
        RecordCodec.of(Topics.REJECTED, Clients.schemaRegistry(config));
    var urls = new ArrayList<RawPosition>();
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(config), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < PAIRS; i++) {
        String url =
            switch (i % 10) {
              case 3 -> "http://127.0.0.1:" + port + "/missing" + i;
              case 7 -> "http://127.1:" + port + "/" + i + ".png";
              default -> "http://127.0.0.1:" + port + "/" + i + ".png";
            };
        ImageTextPair.Builder pair =
            ImageTextPair.newBuilder()
                .setExternalId("p" + i)
                .setSource("web")
                .setCaption("Drawing " + i);
        urls.add(send(producer, codec.encode(pair.setUrl(url).build()), i));
        if (i % 20 == 0) {
          byte[] image = Pictures.drawing(i);
          send(producer, codec.encode(pair.setImage(ByteBuffer.wrap(image)).build()), i);
          send(producer, "garbage".getBytes(UTF_8), i);
          // The gate refuses this one for its caption: it is not for the fetcher.
          send(producer, codec.encode(pair.setImage(null).setCaption(" ").build()), i);
          // And this one it refused while the fetcher was off.
          RawPosition before = send(producer, codec.encode(pair.setCaption("Before").build()), i);
          producer
              .send(
                  new ProducerRecord<>(
                      Topics.REJECTED.name(),
                      rejections.encode(
                          RejectedPair.newBuilder()
                              .setReason(RejectionReason.URL_NOT_FETCHED)
                              .setStage(RejectionStage.GATE)
                              .setDetail("")
                              .setRawPosition(before)
                              .setSizeBytes(0)
                              .setHead(ByteBuffer.allocate(0))
                              .setRejectedTime(Instant.now())
                              .build())))
              .get();
        }
      }
    }
    return urls;
  }

  private static RawPosition send(KafkaProducer<byte[], byte[]> producer, byte[] value, int i)
      throws Exception {
    RecordMetadata at =
        producer.send(new ProducerRecord<>(Topics.RAW.name(), i % 4, null, value)).get();
    return new RawPosition(at.topic(), at.partition(), at.offset());
  }

  private Process fetcher(List<String> settings) throws IOException {
    var command =
        new ArrayList<String>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                FetchMain.class.getName(),
                "--home",
                home.toString()));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target/fetch-kill-test.log")))
        .start();
  }

  private static void awaitOutcomes(EverclipConfig config, int count) {
    await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> outcomes(config).size() >= count);
  }

  private static String text(RawPosition at) {
    return at.getTopic() + ":" + at.getPartition() + ":" + at.getOffset();
  }

  /** Raw positions that the fetcher has decided, as a committed reader sees them. */
  private static List<String> outcomes(EverclipConfig config) {
    var outcomes = new ArrayList<String>();
    for (ConsumerRecord<byte[], byte[]> record : read(config, Topics.RAW.name())) {
      Header header = record.headers().lastHeader("everclip.redriven-from");
      if (header != null) {
        outcomes.add(new String(header.value(), ISO_8859_1));
      }
    }
    refusals(config).forEach(refusal -> outcomes.add(text(refusal.getRawPosition())));
    return outcomes;
  }

  private static List<ImageTextPair> fetched(EverclipConfig config) {
    var codec = new RawPairCodec(Clients.schemaRegistry(config));
    return read(config, Topics.RAW.name()).stream()
        .filter(record -> record.headers().lastHeader("everclip.redriven-from") != null)
        .map(record -> codec.decode(record.value()))
        .toList();
  }

  private static Map<RejectionReason, Integer> reasons(EverclipConfig config) {
    var counts = new TreeMap<RejectionReason, Integer>();
    refusals(config).forEach(refusal -> counts.merge(refusal.getReason(), 1, Integer::sum));
    return counts;
  }

  private static List<RejectedPair> refusals(EverclipConfig config) {
    RecordCodec<RejectedPair> codec =
        RecordCodec.of(Topics.REJECTED, Clients.schemaRegistry(config));
    return read(config, Topics.REJECTED.name()).stream()
        .map(record -> Objects.requireNonNull(codec.decode(record.value())))
        .filter(refusal -> refusal.getStage() == RejectionStage.FETCH)
        .toList();
  }

  private static List<ConsumerRecord<byte[], byte[]>> read(EverclipConfig config, String topic) {
    var records = new ArrayList<ConsumerRecord<byte[], byte[]>>();
    try (var consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = new HashMap<>(consumer.endOffsets(partitions));
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }
}
