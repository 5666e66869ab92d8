package org.everclip.ingest.receive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.PairId;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.gate.Pictures;
import org.everclip.ingest.produce.PairProducer;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.platform.TopicsApply;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The HTTP way in before a real broker. */
class ReceiveServerTest {

  private static final byte[] PICTURE = Pictures.drawing(5);
  private static final String JSON_PAIR =
      "{\"externalId\":\"1\",\"source\":\"web\",\"caption\":\"Käfer\",\"image\":\""
          + Base64.getEncoder().encodeToString(PICTURE)
          + "\"}";

  @TempDir static Path home;

  private static EmbeddedBroker broker;
  private static SchemaRegistryServer registry;
  private static EverclipConfig config;
  private static ReceiveServer server;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @BeforeAll
  static void start() throws Exception {
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
                    "kafka.partitions=1",
                    "receive.port=0",
                    "receive.maxWaitingBytes=200000"));
    try (Admin admin = Admin.create(Clients.common(config))) {
      TopicsApply.apply(admin, 1, (short) 1, false);
    }
    server = new ReceiveServer(config, new SimpleMeterRegistry());
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
    registry.close();
    broker.close();
  }

  private static String token() throws Exception {
    return Files.readString(home.resolve("receive-token")).trim();
  }

  private static HttpRequest.Builder request() throws Exception {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/pairs"))
        .header("Authorization", "Bearer " + token());
  }

  private static HttpResponse<String> post(String type, byte[] body) throws Exception {
    return HTTP.send(
        request().header("Content-Type", type).POST(BodyPublishers.ofByteArray(body)).build(),
        BodyHandlers.ofString());
  }

  @Test
  void takesJsonAndFormsAndSaysWhereTheyAre() throws Exception {
    HttpResponse<String> json = post("application/json; charset=utf-8", JSON_PAIR.getBytes(UTF_8));
    HttpResponse<String> form =
        post(
            "multipart/form-data; boundary=xyz",
            form(
                Map.of(
                    "caption", "Ein Käfer",
                    "source", "web",
                    "externalId", "2",
                    "holdout", "true",
                    "attributes", "{\"licence\":\"CC0\"}"),
                PICTURE));

    assertThat(json.statusCode()).as(json.body()).isEqualTo(202);
    assertThat(form.statusCode()).as(form.body()).isEqualTo(202);
    JsonNode answer = new JsonMapper().readTree(form.body());
    assertThat(answer.path("pairId").asText()).isEqualTo(PairId.of("web", "2"));
    ImageTextPair first = read(new JsonMapper().readTree(json.body()).path("position").asText());
    ImageTextPair second = read(answer.path("position").asText());
    assertThat(first.getCaption()).isEqualTo("Käfer");
    assertThat(second.getCaption()).isEqualTo("Ein Käfer");
    assertThat(second.getHoldout()).isTrue();
    assertThat(second.getAttributes()).containsEntry("licence", "CC0");
    assertThat(List.of(first, second))
        .allSatisfy(pair -> assertThat(pair.getImage()).isEqualTo(ByteBuffer.wrap(PICTURE)));
  }

  @Test
  void theTokenIsWantedAndKeptPrivate() throws Exception {
    for (String header : List.of("Bearer wrong", "Basic " + token(), "Bearer ")) {
      HttpResponse<String> answer =
          HTTP.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/pairs"))
                  .header("Authorization", header)
                  .POST(BodyPublishers.ofString(JSON_PAIR))
                  .build(),
              BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.body()).doesNotContain(token());
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(home.resolve("receive-token"))))
        .isEqualTo("rw-------");
  }

  @Test
  void whatCannotBeAPairIsRefusedWithAReason() throws Exception {
    assertThat(post("application/json", "[]".getBytes(UTF_8)).statusCode()).isEqualTo(400);
    assertThat(post("application/json", "{\"capton\":1}".getBytes(UTF_8)).body())
        .contains("capton");
    assertThat(post("application/json", new byte[0]).statusCode()).isEqualTo(400);
    assertThat(post("text/plain", "x".getBytes(UTF_8)).statusCode()).isEqualTo(415);
    assertThat(post("multipart/form-data; boundary=xyz", "junk".getBytes(UTF_8)).statusCode())
        .isBetween(400, 499);
    assertThat(
            post("multipart/form-data; boundary=xyz", form(Map.of("picture", "x"), PICTURE)).body())
        .contains("picture");
    assertThat(head("Transfer-Encoding: chunked")).contains(" 411 ");
  }

  @Test
  void tooMuchIsRefusedBeforeItIsRead() throws Exception {
    assertThat(head("Content-Length: " + (100 << 20))).contains(" 413 ");
    assertThat(head("Content-Length: 300000")).contains(" 429 ", "Retry-After: 2");
  }

  /** Sends the head of a request alone; the answer comes before any byte of a body. */
  private static String head(String length) throws Exception {
    try (var socket = new Socket("127.0.0.1", server.port())) {
      socket.setSoTimeout((int) Duration.ofSeconds(20).toMillis());
      socket
          .getOutputStream()
          .write(
              ("POST /v1/pairs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                      + token()
                      + "\r\nContent-Type: application/json\r\nConnection: close\r\n"
                      + length
                      + "\r\n\r\n")
                  .getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  @Test
  void manyAtOnceAreAllTakenOrToldToWaitAndNothingStaysReserved() throws Exception {
    var answers =
        IntStream.range(0, 200)
            .mapToObj(i -> JSON_PAIR.replace("\"1\"", "\"many" + i + "\""))
            .map(ReceiveServerTest::send)
            .toList();

    var statuses = new ArrayList<Integer>();
    for (var answer : answers) {
      statuses.add(answer.get().statusCode());
    }
    assertThat(statuses).allMatch(status -> status == 202 || status == 429).contains(202);
    assertThat(post("application/json", JSON_PAIR.getBytes(UTF_8)).statusCode()).isEqualTo(202);
  }

  private static java.util.concurrent.CompletableFuture<HttpResponse<String>> send(String json) {
    try {
      return HTTP.sendAsync(
          request()
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(json))
              .build(),
          BodyHandlers.ofString());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aProgramOfOnesOwnPushesThePairsItLikes() throws Exception {
    try (PairProducer producer = PairProducer.connect(broker.bootstrap(), registry.url())) {
      ImageTextPair pair =
          ImageTextPair.newBuilder()
              .setSource("shop")
              .setExternalId("42")
              .setCaption("a red bicycle")
              .setImage(ByteBuffer.wrap(PICTURE))
              .build();

      var at = producer.send(pair).get();

      assertThat(read(at.getTopic() + ":" + at.getPartition() + ":" + at.getOffset()))
          .isEqualTo(pair);
      pair.setImage(ByteBuffer.wrap(new byte[5 << 20]));
      assertThat(producer.send(pair))
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableThat()
          .withCauseInstanceOf(IllegalArgumentException.class);
    }
  }

  private static byte[] form(Map<String, String> fields, byte[] image) throws Exception {
    var body = new ByteArrayOutputStream();
    for (Map.Entry<String, String> field : fields.entrySet()) {
      body.write(
          ("--xyz\r\nContent-Disposition: form-data; name=\""
                  + field.getKey()
                  + "\"\r\n\r\n"
                  + field.getValue()
                  + "\r\n")
              .getBytes(UTF_8));
    }
    body.write(
        ("--xyz\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n"
                + "Content-Type: image/png\r\n\r\n")
            .getBytes(UTF_8));
    body.write(image);
    body.write("\r\n--xyz--\r\n".getBytes(UTF_8));
    return body.toByteArray();
  }

  private static ImageTextPair read(String position) {
    String[] parts = position.split(":");
    var partition = new TopicPartition(parts[0], Integer.parseInt(parts[1]));
    assertThat(parts[0]).isEqualTo(Topics.RAW.name());
    try (var consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, Long.parseLong(parts[2]));
      while (true) {
        for (var record : consumer.poll(Duration.ofMillis(100))) {
          return new RawPairCodec(Clients.schemaRegistry(config)).decode(record.value());
        }
      }
    }
  }
}
