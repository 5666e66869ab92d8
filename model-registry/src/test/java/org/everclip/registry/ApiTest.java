package org.everclip.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.RegistryClient;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The native API beyond publishing and aliases. */
@ExtendWith(SharedRig.class)
class ApiTest {

  @TempDir private static Path folder;
  private static Rig rig;

  @BeforeAll
  static void start(Rig shared) throws Exception {
    rig = shared;
    RegistryClient client = rig.client();
    for (int i = 1; i <= 3; i++) {
      client.publish(
          "api",
          Rig.model(folder.resolve("m" + i), 7_000 + i),
          Rig.draft(i == 1 ? null : 1),
          "k" + i);
    }
    client.moveAlias("api", "stage", 2, 0, "test", "");
  }

  private static HttpResponse<String> write(String method, String path, String body)
      throws Exception {
    return rig.send(method, path, body, "Authorization", "Bearer " + rig.token());
  }

  private static HttpResponse<String> patch(String digest, long offset, long length, String body)
      throws Exception {
    return rig.send(
        "PATCH",
        "/api/v1/uploads/" + digest,
        body,
        "Authorization",
        "Bearer " + rig.token(),
        "Upload-Offset",
        Long.toString(offset),
        "Upload-Length",
        Long.toString(length));
  }

  @Test
  void uploadsGoOnWhereTheyWere() throws Exception {
    String digest = Sha256.hex("hello world");

    assertThat(patch(digest, 0, 11, "hello").body()).contains("\"offset\":5");
    assertThat(patch(digest, 3, 11, "lo").statusCode()).isEqualTo(409);
    assertThat(rig.get("/api/v1/uploads/" + digest).body())
        .isEqualTo("{\"complete\":false,\"offset\":5}");
    assertThat(rig.get("/api/v1/blobs/" + digest).statusCode()).isEqualTo(404);
    assertThat(patch(digest, 5, 11, " world").body()).contains("\"complete\":true");
    assertThat(rig.get("/api/v1/blobs/" + digest).body()).isEqualTo("hello world");

    String other = Sha256.hex("other");
    assertThat(patch(other, 0, 5, "wrong").statusCode()).isEqualTo(422);
    assertThat(patch(other, 0, 5, "too long").statusCode()).isEqualTo(413);
    assertThat(write("DELETE", "/api/v1/uploads/" + other, "").statusCode()).isEqualTo(204);
    assertThat(rig.get("/api/v1/uploads/" + other).body()).contains("\"offset\":0");
    assertThat(patch("..%2fkeys", 0, 1, "x").statusCode()).isIn(400, 404, 422);
  }

  @Test
  void searchesAndCompares() throws Exception {
    JsonNode found = json("/api/v1/search?q=nano%20apache&model=api").path("versions");
    assertThat(found).hasSize(3);
    assertThat(found.get(0).path("version").asInt()).isEqualTo(3);
    assertThat(json("/api/v1/search?q=stage&model=api").path("versions")).hasSize(1);
    assertThat(json("/api/v1/search?q=nothing-like-it").path("versions")).isEmpty();

    JsonNode compared = json("/api/v1/models/api/compare?from=v2&to=latest");

    assertThat(compared.path("commonAncestor").asInt()).isEqualTo(1);
    assertThat(compared.path("files").findValuesAsText("path")).contains("model.safetensors");
    for (JsonNode file : compared.path("files")) {
      boolean same = file.path("from").equals(file.path("to"));
      assertThat(same)
          .isEqualTo(
              !List.of("model.safetensors", "README.md").contains(file.path("path").asText()));
    }
    assertThat(rig.get("/api/v1/models/api/compare?from=v2").statusCode()).isEqualTo(422);
  }

  @Test
  void listsInPages() throws Exception {
    JsonNode page = json("/api/v1/models/api/versions?summary=true&limit=2").path("versions");
    assertThat(page.findValuesAsText("version")).containsExactly("3", "2");
    assertThat(page.get(0).path("aliases").get(0).asText()).isEqualTo("latest");
    page = json("/api/v1/models/api/versions?summary=true&before=2").path("versions");
    assertThat(page.findValuesAsText("version")).containsExactly("1");
    assertThat(json("/api/v1/models/api/versions?after=1&limit=1").path("versions")).hasSize(1);
    assertThat(rig.get("/api/v1/models/api/versions?limit=x").statusCode()).isEqualTo(422);
  }

  @Test
  void countsDownloadsOfWeights() throws Exception {
    rig.get("/everclip/api/resolve/v3/model.safetensors");
    rig.get("/everclip/api/resolve/v3/config.json");
    rig.get("/everclip/api/resolve/v3/model.safetensors", "Range", "bytes=0-3");

    JsonNode versions = json("/api/v1/models/api/versions?summary=true").path("versions");

    assertThat(versions.get(0).path("downloads").asInt()).isEqualTo(1);
    assertThat(json("/api/models/everclip/api/revision/v3").path("downloads").asInt()).isPositive();
  }

  private record Delivery(String time, String signature, String body) {}

  @Test
  void webHooksAreSignedInOrderAndTriedAgain() throws Exception {
    var deliveries = new CopyOnWriteArrayList<Delivery>();
    var refused = new java.util.concurrent.atomic.AtomicInteger();
    HttpServer receiver =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    receiver.createContext(
        "/hook",
        exchange -> {
          String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          var headers = exchange.getRequestHeaders();
          if (refused.incrementAndGet() > 2) {
            deliveries.add(
                new Delivery(
                    headers.getFirst("X-EverClip-Timestamp"),
                    headers.getFirst("X-EverClip-Signature"),
                    body));
          }
          exchange.sendResponseHeaders(refused.get() > 2 ? 204 : 500, -1);
          exchange.close();
        });
    receiver.start();
    try {
      String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
      JsonNode hook =
          CanonicalJson.tree(
              write("POST", "/api/v1/webhooks", CanonicalJson.text(Map.of("url", url))).body());
      for (int version : List.of(1, 3)) {
        rig.client().moveAlias("api", "hooked", version, null, "test", "");
      }
      await().until(() -> deliveries.size() >= 2);

      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(hook.path("secret").asText().getBytes(UTF_8), "HmacSHA256"));
      var moved = new ArrayList<Integer>();
      for (Delivery one : deliveries) {
        byte[] signature = mac.doFinal((one.time() + "." + one.body()).getBytes(UTF_8));
        assertThat(one.signature()).isEqualTo("sha256=" + HexFormat.of().formatHex(signature));
        JsonNode event = CanonicalJson.tree(one.body()).path("event");
        if (event.path("alias").asText().equals("hooked")) {
          moved.add(event.path("version").asInt());
        }
      }
      assertThat(moved).containsExactly(1, 3);
      String list = write("POST", "/api/v1/webhooks/list", "").body();
      assertThat(list).contains(url).doesNotContain(hook.path("secret").asText());
      String id = hook.path("id").asText();
      assertThat(write("DELETE", "/api/v1/webhooks/" + id, "").statusCode()).isEqualTo(204);
      assertThat(write("DELETE", "/api/v1/webhooks/" + id, "").statusCode()).isEqualTo(404);
    } finally {
      receiver.stop(0);
    }
    for (String bad :
        List.of(
            "file:///etc/passwd", "http://169.254.169.254/x", "http://0.0.0.0/", "ftp://a/", "x")) {
      assertThat(
              write("POST", "/api/v1/webhooks", CanonicalJson.text(Map.of("url", bad)))
                  .statusCode())
          .as(bad)
          .isEqualTo(422);
    }
  }

  @Test
  void eventsContinueBehindTheLastOneSeen() throws Exception {
    rig.client().moveAlias("api", "replayed", 1, null, "test", "");
    try (var socket = new java.net.Socket(rig.base().getHost(), rig.base().getPort())) {
      socket
          .getOutputStream()
          .write(
              "GET /api/v1/events HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 0\r\nAccept: text/event-stream\r\n\r\n"
                  .getBytes(UTF_8));
      var text = new StringBuilder();
      var reader = new java.io.InputStreamReader(socket.getInputStream(), UTF_8);
      socket.setSoTimeout(10_000);
      while (!text.toString().contains("\"alias\":\"replayed\"")) {
        text.append((char) reader.read());
      }
      assertThat(text.toString()).contains("id: 1\n");
    }
  }

  @Test
  void retentionSaysWhatItWouldDoAndThenDoesIt() throws Exception {
    RegistryClient client = rig.client();
    for (int i = 1; i <= 4; i++) {
      client.publish("kept", Rig.model(folder.resolve("r" + i), i), Rig.draft(null), "k" + i);
    }
    client.moveAlias("kept", "main", 2, 0, "test", "");
    String rule = "{\"last\":1,\"best\":0,\"apply\":%s,\"actor\":\"test\"}";

    JsonNode dry =
        CanonicalJson.tree(
            write("POST", "/api/v1/models/kept/retention", rule.formatted(false)).body());
    assertThat(dry.path("retire").toString()).isEqualTo("[1,3]");
    assertThat(client.version("kept", "v1").orElseThrow().retired()).isFalse();

    write("POST", "/api/v1/models/kept/retention", rule.formatted(true));
    assertThat(client.version("kept", "v1").orElseThrow().retired()).isTrue();
    assertThat(client.version("kept", "v2").orElseThrow().retired()).isFalse();

    // The first asks for results, which are read in the background.
    await().until(() -> collect(false).statusCode() == 200);
    assertThat(collect(false).body()).contains("\"dryRun\":true");
    assertThat(
            CanonicalJson.tree(write("POST", "/api/v1/check", "").body()).path("versions").asInt())
        .isPositive();
  }

  private static HttpResponse<String> collect(boolean apply) throws Exception {
    return write("POST", "/api/v1/collect", "{\"graceSeconds\":86400,\"apply\":" + apply + "}");
  }

  @Test
  void everyDescribedWriteNeedsAToken() throws Exception {
    JsonNode paths =
        new YAMLMapper().readTree(rig.get("/api/v1/openapi.yaml").body()).path("paths");
    int writes = 0;
    for (var entry : (Iterable<Map.Entry<String, JsonNode>>) paths::fields) {
      String path =
          entry.getKey().replaceAll("\\{sha256}", "a".repeat(64)).replaceAll("\\{\\w+}", "x");
      for (String method : List.of("put", "post", "patch", "delete")) {
        if (entry.getValue().has(method)) {
          writes++;
          assertThat(entry.getValue().path(method).has("security")).as(path).isTrue();
          assertThat(rig.send(method.toUpperCase(java.util.Locale.ROOT), path, "{}").statusCode())
              .as(method + " " + path)
              .isEqualTo(401);
        }
      }
      if (entry.getValue().has("get") && !path.endsWith("events")) {
        assertThat(rig.get(path).body()).as(path).doesNotContain("Endpoint ");
      }
    }
    assertThat(writes).isGreaterThan(11);
  }

  @Test
  void tokensAreKeptAsDigestsAndWritesAreWrittenDown() throws Exception {
    write("POST", "/api/v1/webhooks/list", "");
    write("POST", "/api/v1/models/api%0d%0aforged/versions", "{}");
    rig.send("PUT", "/api/v1/models/api/aliases/main", "{}", "Authorization", "Bearer guess-me");
    Path storage = rig.config().inHome(rig.config().registry().storage());

    String audit = Files.readString(storage.resolve("audit.jsonl"));

    assertThat(audit)
        .contains("\"path\":\"/api/v1/webhooks/list\",\"status\":200")
        .contains("\"who\":\"home\"")
        .contains("\"status\":401")
        .doesNotContain("guess-me");
    audit.lines().forEach(line -> assertThat(CanonicalJson.tree(line).has("time")).isTrue());
    try (var files = Files.walk(storage)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        assertThat(contains(file, rig.token())).as(file.toString()).isFalse();
      }
    }
  }

  private static boolean contains(Path file, String text) throws IOException {
    return new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1)
        .contains(text.trim());
  }

  private static JsonNode json(String path) throws Exception {
    HttpResponse<String> response = rig.get(path);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return CanonicalJson.tree(response.body());
  }
}
