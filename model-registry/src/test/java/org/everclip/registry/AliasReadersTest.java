package org.everclip.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.RegistryClient;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Who reads while an alias moves sees one whole version, old or new. */
@ExtendWith(SharedRig.class)
class AliasReadersTest {

  private static final int READERS = 2_000;
  private static final int MOVES = 50;
  private static final int VERSIONS = 3;

  @TempDir private static Path folder;
  private static Rig rig;

  @BeforeAll
  static void start(Rig shared) throws Exception {
    rig = shared;
    for (int version = 1; version <= VERSIONS; version++) {
      Path files = Rig.model(folder.resolve("v" + version), version);
      Files.writeString(files.resolve("config.json"), "{\"version\":" + version + "}");
      rig.client().publish("flips", files, Rig.draft(null), "k" + version);
    }
    rig.client().moveAlias("flips", "main", 1, 0, "test", "");
  }

  @Test
  void everyReaderSeesOneVersion() throws Exception {
    Map<String, Integer> commits = new HashMap<>();
    for (int version = 1; version <= VERSIONS; version++) {
      commits.put(rig.client().version("flips", "v" + version).orElseThrow().commit(), version);
    }
    var moving = new AtomicReference<Throwable>();
    var moved = new AtomicInteger();
    var mover =
        new Thread(
            () -> {
              try {
                RegistryClient client = rig.client();
                for (int move = 0; move < MOVES; move++) {
                  int from = 1 + move % VERSIONS;
                  int to = 1 + (move + 1) % VERSIONS;
                  moved.addAndGet(client.moveAlias("flips", "main", to, from, "test", "") ? 1 : 0);
                }
              } catch (Throwable e) {
                moving.set(e);
              }
            });
    HttpClient http = HttpClient.newHttpClient();
    var places = new Semaphore(60);
    Set<Integer> seen = ConcurrentHashMap.newKeySet();
    List<CompletableFuture<Void>> readers = new ArrayList<>();
    mover.start();
    for (int reader = 0; reader < READERS; reader++) {
      assertThat(places.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
      boolean file = reader % 2 == 0;
      String path =
          file
              ? "/everclip/flips/resolve/main/config.json"
              : "/api/models/everclip/flips?blobs=true";
      readers.add(
          http.sendAsync(
                  HttpRequest.newBuilder(URI.create(rig.base() + path)).build(),
                  BodyHandlers.ofString())
              .thenAccept(answer -> seen.add(version(commits, answer, file)))
              .whenComplete((done, e) -> places.release()));
    }
    CompletableFuture.allOf(readers.toArray(CompletableFuture[]::new)).get(120, TimeUnit.SECONDS);
    mover.join(120_000);

    assertThat(moving.get()).isNull();
    assertThat(moved.get()).isEqualTo(MOVES);
    assertThat(seen).hasSizeGreaterThan(1);
    assertThat(rig.client().aliasHistory("flips", "main")).hasSize(MOVES + 1);
  }

  /** The version that an answer is of; every part of the answer must belong to it. */
  private static int version(
      Map<String, Integer> commits, HttpResponse<String> answer, boolean file) {
    assertThat(answer.statusCode()).isEqualTo(200);
    JsonNode body = CanonicalJson.tree(answer.body());
    String commit =
        file
            ? answer.headers().firstValue("X-Repo-Commit").orElseThrow()
            : body.path("sha").asText();
    int version = commits.get(commit);
    if (file) {
      assertThat(body.path("version").asInt()).isEqualTo(version);
    } else {
      assertThat(body.path("tags").toString()).contains("\"v" + version + "\"");
    }
    return version;
  }

  @Test
  void ofManyWhoExpectTheSameExactlyOneWins() throws Exception {
    RegistryClient client = rig.client();
    client.moveAlias("flips", "raced", 1, 0, "test", "");
    int at = 1;
    for (int round = 0; round < 10; round++) {
      int expected = at;
      int to = 1 + at % VERSIONS;
      var winners = new AtomicInteger();
      List<Thread> movers = new ArrayList<>();
      for (int mover = 0; mover < 8; mover++) {
        var thread =
            new Thread(
                () -> {
                  if (client.moveAlias("flips", "raced", to, expected, "test", "")) {
                    winners.incrementAndGet();
                  }
                });
        thread.start();
        movers.add(thread);
      }
      for (Thread mover : movers) {
        mover.join(60_000);
      }
      assertThat(winners.get()).as("round " + round).isEqualTo(1);
      at = to;
    }
    var distinct = new HashSet<Integer>();
    client.aliasHistory("flips", "raced").forEach(move -> distinct.add(move.version()));
    assertThat(distinct).hasSize(VERSIONS);
  }
}
