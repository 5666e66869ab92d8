package org.everclip.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.RegistryEvent;
import org.everclip.contracts.registry.RegistryException;
import org.everclip.contracts.registry.VersionDirectory;
import org.everclip.contracts.registry.VersionInfo;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The native interface over a real broker. */
@ExtendWith(SharedRig.class)
class RegistryServerTest {

  private static Rig rig;

  @TempDir Path folder;

  @BeforeAll
  static void start(Rig shared) throws Exception {
    rig = shared;
  }

  @Test
  void publishesAVersionThatCanBeFetchedAndVerified() throws Exception {
    RegistryClient client = rig.client();

    int version = client.publish("round", Rig.model(folder.resolve("m"), 1), Rig.draft(null), "k1");

    VersionInfo info = client.version("round", "latest").orElseThrow();
    assertThat(version).isEqualTo(1);
    assertThat(info.manifest().files())
        .extracting(file -> file.path())
        .containsExactly(
            "README.md", "config.json", "empty.txt", "model.safetensors", "sub/deep/b c.txt");
    assertThat(info.aliases()).containsExactly("latest");
    Path fetched = client.fetchAll(info, folder.resolve("cache"));
    assertThat(fetched.resolve("model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("m/model.safetensors"));
    assertThat(new VersionDirectory(fetched).verify()).isEmpty();
    assertThat(client.version("round", "v1")).contains(info);
    assertThat(client.version("round", info.commit())).contains(info);
    assertThat(client.version("round", "v2")).isEmpty();
    assertThat(client.models()).contains("round");
    assertThat(Files.readString(fetched.resolve("README.md"))).contains("&lt;script>");
  }

  @Test
  void theSameIdempotencyKeyGivesTheSameVersionAndNeverAnotherContent() throws Exception {
    RegistryClient client = rig.client();
    Path model = Rig.model(folder.resolve("m"), 2);

    assertThat(client.publish("twice", model, Rig.draft(null), "k")).isEqualTo(1);
    assertThat(client.publish("twice", model, Rig.draft(null), "k")).isEqualTo(1);

    Path other = Rig.model(folder.resolve("other"), 3);
    assertThatThrownBy(() -> client.publish("twice", other, Rig.draft(null), "k"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("other content");
    assertThat(client.versions("twice")).hasSize(1);
  }

  @Test
  void versionsAreChainedAndSurviveARestart() throws Exception {
    RegistryClient client = rig.client();
    client.publish("chain", Rig.model(folder.resolve("a"), 4), Rig.draft(null), "a");
    client.publish("chain", Rig.model(folder.resolve("b"), 5), Rig.draft(1), "b");
    client.moveAlias("chain", "main", 1, 0, "gate", "first");
    List<VersionInfo> before = client.versions("chain");

    rig.restart();

    RegistryClient again = rig.client();
    assertThat(again.versions("chain")).isEqualTo(before);
    assertThat(before.get(1).manifest().previousDigest())
        .isEqualTo(before.get(0).signedManifest().digest());
    assertThat(again.aliasHistory("chain", "main"))
        .singleElement()
        .satisfies(move -> assertThat(move.reason()).isEqualTo("first"));
    assertThat(again.publish("chain", Rig.model(folder.resolve("c"), 6), Rig.draft(2), "c"))
        .isEqualTo(3);
  }

  @Test
  void concurrentPublishersAndMoversGetEachTheirOwn() throws Exception {
    RegistryClient client = rig.client();
    Path model = Rig.model(folder.resolve("m"), 7);
    var pool = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Integer>> publishes =
          IntStream.range(0, 8)
              .<Callable<Integer>>mapToObj(
                  i -> () -> client.publish("many", model, Rig.draft(null), "p" + i))
              .toList();
      var numbers = new java.util.TreeSet<Integer>();
      for (Future<Integer> number : pool.invokeAll(publishes)) {
        numbers.add(number.get());
      }
      assertThat(numbers).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);

      List<Callable<Boolean>> moves =
          IntStream.rangeClosed(1, 8)
              .<Callable<Boolean>>mapToObj(
                  i -> () -> client.moveAlias("many", "main", i, 0, "mover", "race"))
              .toList();
      int winners = 0;
      for (Future<Boolean> moved : pool.invokeAll(moves)) {
        winners += moved.get() ? 1 : 0;
      }
      assertThat(winners).isEqualTo(1);
      assertThat(client.aliasHistory("many", "main")).hasSize(1);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void tellsFollowersOfNewVersionsAtOnce() throws Exception {
    RegistryClient client = rig.client();
    var events = new ConcurrentLinkedQueue<RegistryEvent>();
    var connected = new AtomicBoolean();
    var stop = new AtomicBoolean();
    var watcher = new Thread(() -> client.watch(() -> connected.set(true), events::add, stop::get));
    watcher.start();
    Awaitility.await().untilTrue(connected);

    client.publish("told", Rig.model(folder.resolve("m"), 8), Rig.draft(null), "k");
    client.moveAlias("told", "main", 1, null, "gate", "good");

    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(events)
                    .contains(
                        new RegistryEvent("published", "told", 1, null),
                        new RegistryEvent("alias-moved", "told", 1, "main")));
    stop.set(true);
    watcher.join(10_000);
    assertThat(watcher.isAlive()).isFalse();
  }

  @Test
  void refusesToWriteWithoutTheTokenOnEveryRoute() throws Exception {
    String digest = Sha256.hex("x");
    for (String route :
        List.of(
            "PUT /api/v1/blobs/" + digest,
            "POST /api/v1/models/m/versions",
            "POST /api/v1/models/m/versions/v1/retire",
            "PUT /api/v1/models/m/aliases/main")) {
      String[] parts = route.split(" ");
      assertThat(rig.send(parts[0], parts[1], "x").statusCode()).as(route).isEqualTo(401);
      assertThat(rig.send(parts[0], parts[1], "x", "Authorization", "Bearer no").statusCode())
          .as(route)
          .isEqualTo(401);
    }
    assertThat(rig.get("/api/v1/blobs/" + digest).statusCode()).isEqualTo(404);
    assertThatThrownBy(() -> new RegistryClient(rig.base(), "wrong").putBlob(new byte[] {1, 2}))
        .hasMessageContaining("401")
        .hasMessageContaining("registry-token");
  }

  @Test
  void refusesWhatIsNotWhole() throws Exception {
    RegistryClient client = rig.client();
    String digest = Sha256.hex("x");

    assertThat(put("/api/v1/blobs/" + digest, "y").statusCode()).isEqualTo(422);
    assertThat(rig.get("/api/v1/blobs/" + digest).statusCode()).isEqualTo(404);
    String missing =
        """
        {"idempotencyKey":"k","actor":"a","draft":{"parent":null,"round":0,"steps":0,
        "dataCursor":{},"reinforcementVersion":"","licences":[],"details":{}},
        "files":[{"path":"model.safetensors","sha256":"%s","size":1}]}
        """;
    assertThat(post("/api/v1/models/m/versions", missing.formatted(digest)).body())
        .contains("is missing; upload it first");
    String pickle = client.putBlob(new byte[] {(byte) 0x80, 4, 'c', 'o', 's'});
    assertThat(post("/api/v1/models/m/versions", missing.formatted(pickle)).body())
        .contains("not 1");
    assertThat(
            post(
                    "/api/v1/models/m/versions",
                    missing.formatted(pickle).replace("\"size\":1", "\"size\":5"))
                .body())
        .contains("is refused");
    assertThat(client.models()).doesNotContain("m");
  }

  @Test
  void noPathOfAClientReachesTheDisk() throws Exception {
    RegistryClient client = rig.client();
    client.publish("paths", Rig.model(folder.resolve("m"), 9), Rig.draft(null), "k");
    client.moveAlias("paths", "main", 1, 0, "gate", "");
    for (String path :
        List.of(
            "../../../registry-token",
            "..%2f..%2f..%2fregistry-token",
            "%2e%2e/%2e%2e/registry-token",
            "%252e%252e%252fregistry-token",
            "..%5c..%5cregistry-token",
            "....//registry-token",
            "/etc/passwd",
            "%2fetc%2fpasswd",
            "file:%2f%2f%2fetc%2fpasswd",
            "config.json%00.txt",
            "sub/../config.json%2f..%2f..")) {
      for (String prefix :
          List.of(
              "/everclip/paths/resolve/main/",
              "/everclip/paths/raw/main/",
              "/everclip/paths/resolve/",
              "/api/v1/blobs/",
              "/api/v1/models/",
              "/api/v1/models/paths/versions/",
              "/api/models/everclip/paths/tree/main/")) {
        int status = rawStatus(prefix + path);
        assertThat(status).as(prefix + path).isIn(400, 404);
      }
    }
    for (String name : List.of("..", "a/../b", "A", "-x", "a\r\nX: y", "x".repeat(64))) {
      assertThatThrownBy(() -> client.versions(name)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(post("/api/v1/models/..%2fx/versions", "{}").statusCode()).isIn(400, 404, 422);
  }

  /** Sends the target as it is, as no proper client would. */
  private static int rawStatus(String target) throws Exception {
    URI base = rig.base();
    try (var socket = new java.net.Socket(base.getHost(), base.getPort())) {
      socket
          .getOutputStream()
          .write(
              ("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                  .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      String answer =
          new String(
              socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      assertThat(answer).doesNotContain(rig.token()).doesNotContain("root:");
      return Integer.parseInt(answer.substring(9, 12));
    }
  }

  private static java.net.http.HttpResponse<String> put(String path, String body) throws Exception {
    return rig.send("PUT", path, body, "Authorization", "Bearer " + rig.token());
  }

  private static java.net.http.HttpResponse<String> post(String path, String body)
      throws Exception {
    return rig.send("POST", path, body, "Authorization", "Bearer " + rig.token());
  }
}
