package org.everclip.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.everclip.contracts.Topics;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server against the real Confluent client, on a real broker. */
class SchemaRegistryServerTest {

  private static final AvroSchema V1 =
      new AvroSchema(
          "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"}]}");
  private static final AvroSchema WITH_DEFAULT =
      new AvroSchema(
          "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"},"
              + "{\"name\":\"b\",\"type\":\"int\",\"default\":0}]}");
  private static final AvroSchema WITHOUT_DEFAULT =
      new AvroSchema(
          "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"},"
              + "{\"name\":\"c\",\"type\":\"int\"}]}");

  @TempDir static Path dir;
  private static EmbeddedBroker broker;

  private SchemaRegistryServer server;
  private CachedSchemaRegistryClient client;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(dir);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void startServer() throws Exception {
    server = SchemaRegistryServer.start(0, broker.bootstrap());
    client = new CachedSchemaRegistryClient(server.url(), 100);
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void registersLooksUpAndSurvivesARestart() throws Exception {
    int id = client.register("life-value", V1);
    int second = client.register("life-value", WITH_DEFAULT);
    assertThat(second).isGreaterThan(id);
    assertThat(client.register("other-value", V1)).as("one text, one id").isEqualTo(id);

    server.close();
    server = SchemaRegistryServer.start(0, broker.bootstrap());
    var later = new CachedSchemaRegistryClient(server.url(), 100);

    assertThat(later.getSchemaById(id)).isEqualTo(V1);
    assertThat(later.getVersion("life-value", WITH_DEFAULT)).isEqualTo(2);
    assertThat(later.getId("life-value", V1)).isEqualTo(id);
    assertThat(later.getLatestSchemaMetadata("life-value").getId()).isEqualTo(second);
    assertThat(later.getAllVersions("life-value")).containsExactly(1, 2);
    assertThat(later.getAllSubjects()).contains("life-value", "other-value");
    assertThat(later.register("life-value", WITH_DEFAULT)).isEqualTo(second);
  }

  @Test
  void refusesWhatIsIncompatible() throws Exception {
    client.register("strict-value", V1);
    assertThat(client.testCompatibility("strict-value", WITH_DEFAULT)).isTrue();
    assertThat(client.testCompatibility("strict-value", WITHOUT_DEFAULT)).isFalse();
    assertThatThrownBy(() -> client.register("strict-value", WITHOUT_DEFAULT))
        .isInstanceOfSatisfying(
            RestClientException.class,
            e -> {
              assertThat(e.getStatus()).isEqualTo(409);
              assertThat(e.getErrorCode()).isEqualTo(409);
            });
    assertThat(client.updateCompatibility("strict-value", "NONE")).isEqualTo("NONE");
    assertThat(client.register("strict-value", WITHOUT_DEFAULT)).isPositive();
  }

  @Test
  void compatibilityLevelsAreKept() throws Exception {
    assertThat(client.getCompatibility(null)).isEqualTo("FULL_TRANSITIVE");
    assertError(() -> client.getCompatibility("levels-value"), 40408);
    client.updateCompatibility("levels-value", "BACKWARD");
    assertThat(client.getCompatibility("levels-value")).isEqualTo("BACKWARD");
    assertError(() -> client.updateCompatibility("levels-value", "SOMETIMES"), 42203);
  }

  @Test
  void errorsHaveConfluentsNumbers() throws Exception {
    assertError(() -> client.getSchemaById(987_654), 40403);
    assertError(() -> client.getLatestSchemaMetadata("nobody-value"), 40401);
    client.register("numbers-value", V1);
    assertError(() -> client.getSchemaMetadata("numbers-value", 9), 40402);
    assertError(() -> client.getVersion("numbers-value", WITHOUT_DEFAULT), 40403);
    var request =
        HttpRequest.newBuilder(URI.create(server.url() + "/subjects/numbers-value/versions"))
            .POST(HttpRequest.BodyPublishers.ofString("{\"schema\":\"{\\\"type\\\":\\\"x\\\"}\"}"))
            .build();
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains("42201");
  }

  @Test
  void deletedVersionsStayReadableById() throws Exception {
    int id = client.register("gone-value", V1);
    assertThat(client.deleteSubject("gone-value")).containsExactly(1);
    assertError(() -> client.getLatestSchemaMetadata("gone-value"), 40401);
    assertThat(new CachedSchemaRegistryClient(server.url(), 10).getSchemaById(id)).isEqualTo(V1);
  }

  @Test
  void takesEverySchemaOfTheContracts() throws Exception {
    for (Topics.Topic topic : Topics.ALL) {
      assertThat(client.register(topic.subject(), new AvroSchema(topic.schema()))).isPositive();
    }
  }

  private static void assertError(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, int code) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RestClientException.class, e -> assertThat(e.getErrorCode()).isEqualTo(code));
  }
}
