package org.everclip.system;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.everclip.contracts.registry.AliasMove;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.RegistryException;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.formats.weights.SafetensorsWriter;
import org.everclip.formats.weights.Tensor;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * kill -9 of the registry at random moments while versions are published and aliases moved. At the
 * end every acknowledged version is there under its number with its bytes, each key made exactly
 * one version, and the alias's history has no gap.
 */
@Command(
    name = "registry-kill-proof",
    mixinStandardHelpOptions = true,
    description =
        "Kills the registry again and again while it is written to, then checks all of it.")
public final class RegistryKillProof implements Callable<Integer> {

  private static final String MODEL = "killed";
  private static final int WRITERS = 3;
  private static final int VALUES = 400_000;

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "A new folder for all state.")
  private Path home = Path.of("");

  @Option(names = "--kills", description = "Default ${DEFAULT-VALUE}.")
  private int kills = 50;

  @Option(names = "--seed", description = "Default ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(names = "--ports-base", description = "Default ${DEFAULT-VALUE}.")
  private int portsBase = 24_000;

  private final PrintStream out = System.out;
  private final Map<String, Integer> acknowledged = new ConcurrentHashMap<>();
  private final AtomicBoolean stop = new AtomicBoolean();

  public static void main(String[] args) {
    System.exit(new CommandLine(new RegistryKillProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path root = program.toAbsolutePath().normalize();
    var random = new Random(seed);
    try (Platform platform =
        Platform.up(root, home, portsBase, List.of(), "broker,schema-registry,registry")) {
      URI base = URI.create("http://127.0.0.1:" + (portsBase + 3));
      String token = Files.readString(home.resolve("registry-token")).strip();
      List<Thread> writers = new ArrayList<>();
      for (int writer = 0; writer < WRITERS; writer++) {
        int number = writer;
        var thread = new Thread(() -> publish(base, token, number), "writer-" + number);
        thread.start();
        writers.add(thread);
      }
      for (int kill = 0; kill < kills; kill++) {
        int before = acknowledged.size();
        platform.await(
            Duration.ofMinutes(3), "versions are published", () -> acknowledged.size() > before);
        Thread.sleep(random.nextInt(1_000));
        platform.kill("registry");
      }
      stop.set(true);
      for (Thread writer : writers) {
        writer.join();
      }
      List<String> found = check(new RegistryClient(base, token));
      found.forEach(out::println);
      long checkpoints = checkpoints();
      out.printf(
          "%d kills, %d versions acknowledged, %d checkpoint files left by Kafka Streams: %s%n",
          kills, acknowledged.size(), checkpoints, found.isEmpty() ? "ok" : "FAILED");
      return found.isEmpty() ? 0 : 1;
    }
  }

  private long checkpoints() throws IOException {
    Path state = home.resolve("state/registry");
    if (!Files.exists(state)) {
      return 0;
    }
    try (var files = Files.walk(state)) {
      return files.filter(file -> file.getFileName().toString().equals(".checkpoint")).count();
    }
  }

  private void publish(URI base, String token, int writer) {
    var client = new RegistryClient(base, token);
    for (int n = 0; !stop.get(); n++) {
      String key = writer + "-" + n;
      while (!acknowledged.containsKey(key)) {
        try {
          Path folder = model(key);
          int version = client.publish(MODEL, folder, RegistryRig.draft(), key);
          acknowledged.put(key, version);
          client.moveAlias(MODEL, "a" + writer, version, null, "proof", key);
          ProofPictures.delete(folder);
        } catch (RegistryException e) {
          out.println(key + " is tried again: " + e.getMessage());
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** Weights and a text that tell which key they belong to. */
  private Path model(String key) throws IOException {
    Path folder = Files.createDirectories(home.resolve("proof").resolve(key));
    float[] values = new float[VALUES];
    var random = new Random(key.hashCode());
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    SafetensorsWriter.write(
        folder.resolve("model.safetensors"),
        List.of(new Tensor("w", new long[] {VALUES}, values)),
        Map.of());
    Files.writeString(folder.resolve("key.txt"), key);
    return folder;
  }

  private List<String> check(RegistryClient client) throws IOException {
    var found = new ArrayList<String>();
    List<VersionInfo> versions = client.versions(MODEL);
    var keys = new HashSet<String>();
    Path file = home.resolve("checked");
    String previous = "";
    for (int n = 1; n <= versions.size(); n++) {
      VersionInfo version = versions.get(n - 1);
      if (version.version() != n || !version.manifest().previousDigest().equals(previous)) {
        found.add("v" + n + " is not where it belongs");
      }
      previous = version.signedManifest().digest();
      for (FileEntry entry : version.manifest().files()) {
        try {
          client.fetch(version, entry.path(), file);
        } catch (RegistryException e) {
          found.add("v" + n + " " + entry.path() + ": " + e.getMessage());
          continue;
        }
        if (entry.path().equals("key.txt")) {
          String key = Files.readString(file);
          if (!keys.add(key)) {
            found.add("key " + key + " made two versions");
          }
          Integer number = acknowledged.get(key);
          if (number != null && number != n) {
            found.add("key " + key + " was acknowledged as v" + number + " and is v" + n);
          }
        }
      }
    }
    acknowledged.keySet().stream()
        .filter(key -> !keys.contains(key))
        .forEach(key -> found.add("key " + key + " was acknowledged and is lost"));
    for (int writer = 0; writer < WRITERS; writer++) {
      Integer at = null;
      for (AliasMove move : client.aliasHistory(MODEL, "a" + writer)) {
        if (at != null && !at.equals(move.previous())) {
          found.add("the history of a" + writer + " has a gap at v" + move.version());
        }
        at = move.version();
      }
    }
    return found;
  }
}
