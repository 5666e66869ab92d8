package org.everclip.registry.versions;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.ModelEventKind;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.ManifestDraft;
import org.everclip.contracts.registry.PublishRequest;
import org.everclip.registry.store.BlobStore;
import org.everclip.registry.store.FileOps;
import org.everclip.registry.store.JsonFile;
import org.everclip.registry.store.LossyDisk;
import org.everclip.registry.store.Secrets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Uploads, publications, retirements and collections, with the power gone at every write, sync and
 * rename of them, one after the other.
 */
class CrashPointsTest {

  /** {@code -Deverclip.crashes=1000} for the whole proof; most of the time goes to signatures. */
  private static final int CRASHES = Integer.getInteger("everclip.crashes", 120);

  private static final int ACTIONS = 10;
  private static final long MAX = 1 << 20;

  /** After a crash nothing is lost any more, so nothing needs to be forced. */
  private static final FileOps QUICK =
      new FileOps() {
        @Override
        public void force(Path path) {
          // Nothing to do.
        }
      };

  @TempDir private Path root;

  private static final class Nothing implements Evaluations {
    @Override
    public SortedMap<String, Score> scores(String model, int version) {
      return new TreeMap<>();
    }

    @Override
    public Set<String> predictions(String model, int version) {
      return Set.of();
    }

    @Override
    public boolean isComplete() {
      return true;
    }
  }

  /** One process: everything that lives on the given disk. */
  private static final class Registry {
    private final BlobStore blobs;
    private final Publisher publisher;
    private final Upkeep upkeep;

    Registry(Path folder, FileOps disk, MemoryLog log, Secrets secrets) throws IOException {
      blobs = BlobStore.open(folder, MAX, disk);
      publisher = new Publisher(log, blobs, secrets, Clock.systemUTC());
      upkeep =
          new Upkeep(
              log.view(),
              new Nothing(),
              blobs,
              publisher,
              new JsonFile(folder.resolve("unreferenced.json"), disk),
              Clock.systemUTC());
    }
  }

  @Test
  void noVersionIsEverWithoutItsBytes() throws IOException {
    Secrets secrets = Secrets.open(root.resolve("keys"));
    int crashes = 0;
    int versions = 0;
    for (long seed = 0; crashes < CRASHES; seed++) {
      boolean crashed = true;
      for (int survives = 0; crashed && crashes < CRASHES; survives++) {
        Path folder = root.resolve(seed + "-" + survives);
        var log = new MemoryLog();
        crashed = false;
        try {
          act(new Registry(folder, new LossyDisk(survives, seed), log, secrets), log, seed);
        } catch (LossyDisk.Crash e) {
          crashed = true;
          crashes++;
        }
        versions += check(folder, log, secrets, seed);
      }
    }
    assertThat(crashes).isEqualTo(CRASHES);
    assertThat(versions).isGreaterThan(CRASHES / 2);
  }

  private static void act(Registry registry, MemoryLog log, long seed) throws IOException {
    var random = new Random(seed);
    for (int action = 0; action < ACTIONS; action++) {
      switch (random.nextInt(5)) {
        case 0 -> registry.upkeep.collect(Duration.ZERO, true);
        case 1 -> retire(log);
        default -> publish(registry, weights(random.nextInt(6)), random.nextBoolean(), action);
      }
    }
  }

  private static void publish(Registry registry, byte[] weights, boolean inParts, int key)
      throws IOException {
    String sha256 = Sha256.hex(weights);
    if (inParts) {
      var uploads = registry.blobs.uploads();
      while (registry.blobs.find(sha256).isEmpty()) {
        int from = (int) uploads.offset(sha256);
        int length = Math.min(weights.length - from, 1 + weights.length / 2);
        uploads.append(
            sha256, from, weights.length, new ByteArrayInputStream(weights, from, length));
      }
    } else {
      registry.blobs.put(sha256, new ByteArrayInputStream(weights));
    }
    registry.publisher.publish(
        "m",
        new PublishRequest(
            new ManifestDraft(null, 0, 0, Map.of(), "", List.of(), Map.of()),
            List.of(new FileEntry("model.safetensors", sha256, weights.length)),
            key + "-" + UUID.randomUUID(),
            "test"));
  }

  private static void retire(MemoryLog log) {
    log.view()
        .model("m")
        .filter(model -> model.versions().size() - model.retired().size() > 1)
        .ifPresent(
            model -> {
              int version = 1;
              while (model.retired().contains(version)) {
                version++;
              }
              log.submit(
                  ModelEvent.newBuilder()
                      .setCommandId(UUID.randomUUID().toString())
                      .setKind(ModelEventKind.RETIRE)
                      .setModel("m")
                      .setVersion(version)
                      .setActor("test")
                      .setReason("")
                      .setTime(Instant.EPOCH)
                      .build());
            });
  }

  /** What a process that starts after the crash sees; returns how many versions. */
  private static int check(Path folder, MemoryLog log, Secrets secrets, long seed)
      throws IOException {
    log.readAgain();
    var registry = new Registry(folder, QUICK, log, secrets);
    assertThat(registry.upkeep.check().found()).as("seed %d", seed).isEmpty();
    for (String blob : registry.blobs.list()) {
      assertThat(Sha256.hex(registry.blobs.find(blob).orElseThrow())).isEqualTo(blob);
    }
    int before = log.view().model("m").map(model -> model.versions().size()).orElse(0);
    publish(registry, weights(9), true, -1);
    assertThat(log.view().model("m").orElseThrow().versions()).hasSize(before + 1);
    assertThat(registry.upkeep.check().found()).isEmpty();
    return before;
  }

  private static byte[] weights(int seed) {
    byte[] header =
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}      "
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + header.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length).put(header);
    for (int i = 0; i < 4; i++) {
      file.putFloat(seed + i);
    }
    return file.array();
  }

  @Test
  void collectionIsInTwoPhasesAndADryRunChangesNothing() throws IOException {
    var log = new MemoryLog();
    Path folder = root.resolve("two");
    var registry = new Registry(folder, FileOps.DISK, log, Secrets.open(root.resolve("keys")));
    var all = new ArrayList<String>();
    for (int i = 0; i < 3; i++) {
      publish(registry, weights(i), false, i);
      all.add(Sha256.hex(weights(i)));
    }
    retire(log);

    assertThat(registry.upkeep.collect(Duration.ZERO, false).marked()).isEqualTo(2);
    assertThat(registry.upkeep.collect(Duration.ZERO, false).removed()).isZero();
    assertThat(registry.upkeep.collect(Duration.ZERO, true).removed()).isZero();
    assertThat(registry.upkeep.collect(Duration.ofHours(1), true).removed()).isZero();
    assertThat(registry.blobs.find(all.get(0))).isPresent();

    var removed = registry.upkeep.collect(Duration.ZERO, true);

    assertThat(removed.removed()).isEqualTo(2);
    assertThat(registry.blobs.find(all.get(0))).isEmpty();
    assertThat(registry.blobs.find(all.get(1))).isPresent();
    assertThat(registry.upkeep.check().found()).isEmpty();

    Files.delete(registry.blobs.find(all.get(1)).orElseThrow());
    assertThat(registry.upkeep.check().found()).singleElement().asString().contains("missing");
  }
}
