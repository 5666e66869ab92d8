package org.everclip.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.ModelEventKind;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.SignedManifest;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.formats.weights.SafetensorsWriter;
import org.everclip.formats.weights.Tensor;
import org.everclip.registry.store.Secrets;
import org.everclip.service.ConfigLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Downloads from the registry's own process beside nginx, its memory, and long listings. */
@Command(
    name = "registry-speed",
    mixinStandardHelpOptions = true,
    description = "Measures downloads beside nginx, memory with 64 at once, a list of 10,000.")
public final class RegistrySpeed implements Callable<Integer> {

  private static final int ROUNDS = 5;
  private static final int PARALLEL = 64;
  private static final int VERSIONS = 10_000;
  private static final int BUFFER = 1 << 16;

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "A new folder for all state.")
  private Path home = Path.of("");

  @Option(names = "--nginx", description = "Its program; without it there is nothing to compare.")
  private @Nullable String nginx;

  @Option(names = "--ports-base", description = "Default ${DEFAULT-VALUE}.")
  private int portsBase = 24_100;

  private final PrintStream out = System.out;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  public static void main(String[] args) {
    System.exit(new CommandLine(new RegistrySpeed()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path root = program.toAbsolutePath().normalize();
    try (Platform platform =
        Platform.up(root, home, portsBase, List.of(), "broker,schema-registry,registry")) {
      URI base = URI.create("http://127.0.0.1:" + (portsBase + 3) + "/");
      String token = Files.readString(home.resolve("registry-token")).strip();
      var client = new RegistryClient(base, token);
      client.publish("speed", model(), RegistryRig.draft(), "speed");
      VersionInfo version = client.version("speed", "latest").orElseThrow();
      String sha256 = version.manifest().file("model.safetensors").orElseThrow().sha256();
      URI ours = base.resolve("everclip/speed/resolve/latest/model.safetensors");
      throughput(ours, home.resolve("registry/blobs/sha256").resolve(sha256.substring(0, 2)));
      memory(java.util.Objects.requireNonNull(platform.roles().pids().get("registry")), ours);
      listing(version, base);
      return 0;
    }
  }

  private Path model() throws IOException {
    Path folder = Files.createDirectories(home.resolve("speed-model"));
    float[] values = new float[50_000_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.5f;
    }
    SafetensorsWriter.write(
        folder.resolve("model.safetensors"),
        List.of(new Tensor("w", new long[] {values.length}, values)),
        Map.of());
    return folder;
  }

  private void throughput(URI ours, Path blobs) throws Exception {
    double[] registry = new double[ROUNDS];
    double[] other = new double[ROUNDS];
    Process server = nginx == null ? null : startNginx(blobs);
    try {
      for (int round = -1; round < ROUNDS; round++) {
        double a = megabytesPerSecond(ours);
        double b = server == null ? Double.NaN : megabytesPerSecond(nginxUri(blobs));
        if (round >= 0) {
          registry[round] = a;
          other[round] = b;
        }
      }
    } finally {
      if (server != null) {
        server.destroy();
        server.waitFor();
      }
    }
    out.printf(
        Locale.ROOT,
        "200 MB download, median of %d: registry %.0f MB/s, nginx %.0f MB/s, ratio %.2f%n",
        ROUNDS,
        median(registry),
        median(other),
        median(registry) / median(other));
  }

  private double megabytesPerSecond(URI uri) throws Exception {
    long start = System.nanoTime();
    long bytes = drain(uri);
    return bytes / 1e6 / ((System.nanoTime() - start) / 1e9);
  }

  private long drain(URI uri) throws Exception {
    HttpResponse<InputStream> response =
        http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofInputStream());
    if (response.statusCode() != 200) {
      throw new IOException(uri + " answers " + response.statusCode());
    }
    long bytes = 0;
    byte[] buffer = new byte[BUFFER];
    try (InputStream body = response.body()) {
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        bytes += n;
      }
    }
    return bytes;
  }

  private int nginxPort;

  private Process startNginx(Path folder) throws Exception {
    try (var free = new ServerSocket(0)) {
      nginxPort = free.getLocalPort();
    }
    Path config = home.resolve("nginx.conf");
    Files.writeString(
        config,
        """
        daemon off; worker_processes 1; pid %s/nginx.pid; error_log %s/nginx.log; user root;
        events { worker_connections 256; }
        http { access_log off; sendfile on; server { listen 127.0.0.1:%d; location / { root %s; } } }
        """
            .formatted(home, home, nginxPort, folder.toAbsolutePath()));
    Process process =
        new ProcessBuilder(
                java.util.Objects.requireNonNull(nginx), "-c", config.toAbsolutePath().toString())
            .inheritIO()
            .start();
    Instant end = Instant.now().plusSeconds(10);
    while (true) {
      try {
        http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + nginxPort + "/")).build(),
            HttpResponse.BodyHandlers.discarding());
        return process;
      } catch (IOException e) {
        if (Instant.now().isAfter(end)) {
          process.destroy();
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }

  private URI nginxUri(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      Path largest =
          files.max(java.util.Comparator.comparingLong(f -> f.toFile().length())).orElseThrow();
      return URI.create("http://127.0.0.1:" + nginxPort + "/" + largest.getFileName());
    }
  }

  private void memory(long pid, URI ours) throws Exception {
    long before = resident(pid);
    long most = before;
    ExecutorService readers = Executors.newFixedThreadPool(PARALLEL);
    try {
      List<Future<Long>> all = new ArrayList<>();
      for (int i = 0; i < PARALLEL; i++) {
        all.add(readers.submit(() -> drain(ours)));
      }
      while (all.stream().anyMatch(one -> !one.isDone())) {
        most = Math.max(most, resident(pid));
        Thread.sleep(200);
      }
      for (Future<Long> one : all) {
        one.get();
      }
    } finally {
      readers.shutdown();
    }
    out.printf(
        "resident memory of the registry: %d MB before, at most %d MB during %d downloads of 200 MB at once%n",
        before, most, PARALLEL);
  }

  private static long resident(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .sum();
  }

  private void listing(VersionInfo version, URI base) throws Exception {
    EverclipConfig config =
        new ConfigLoader(Map.of("EVERCLIP_PORTS_BASE", Integer.toString(portsBase)))
            .load(home, null, List.of());
    Instant start = Instant.now();
    fill(version, config);
    URI uri = base.resolve("api/v1/models/many/versions?summary=true&limit=" + VERSIONS);
    URI last = base.resolve("api/v1/models/many/versions/v" + VERSIONS);
    Instant end = Instant.now().plus(Duration.ofMinutes(5));
    while (get(last).statusCode() != 200) {
      if (Instant.now().isAfter(end)) {
        throw new IOException("the versions do not appear");
      }
      Thread.sleep(500);
    }
    Duration decided = Duration.between(start, Instant.now());
    double[] millis = new double[20];
    int bytes = 0;
    for (int i = -5; i < millis.length; i++) {
      long nanos = System.nanoTime();
      bytes = get(uri).body().length();
      if (i >= 0) {
        millis[i] = (System.nanoTime() - nanos) / 1e6;
      }
    }
    out.printf(
        Locale.ROOT,
        "a list of %d versions (%.1f MB): median %.0f ms, most %.0f ms; %d s to publish them%n",
        VERSIONS,
        bytes / 1e6,
        median(millis),
        Arrays.stream(millis).max().orElseThrow(),
        decided.toSeconds());
  }

  private HttpResponse<String> get(URI uri) throws Exception {
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Signs the versions here and puts their commands on the log, where the registry decides. */
  private void fill(VersionInfo version, EverclipConfig config) throws Exception {
    var keys = Secrets.open(home.resolve("registry/keys")).keys();
    var codec = RecordCodec.<ModelEvent>of(Topics.VERSIONS, Clients.schemaRegistry(config));
    String previous = "";
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(config), new StringSerializer(), new ByteArraySerializer())) {
      for (int n = 1; n <= VERSIONS; n++) {
        Manifest like = version.manifest();
        var manifest =
            new Manifest(
                "many",
                n,
                n == 1 ? null : n - 1,
                n,
                n,
                like.created(),
                like.files(),
                like.dataCursor(),
                like.reinforcementVersion(),
                like.licences(),
                previous,
                like.details(),
                like.formatVersion());
        SignedManifest signed = SignedManifest.sign(manifest, keys.getPrivate(), keys.getPublic());
        previous = signed.digest();
        ModelEvent event =
            ModelEvent.newBuilder()
                .setCommandId(UUID.randomUUID().toString())
                .setKind(ModelEventKind.PUBLISH)
                .setModel("many")
                .setVersion(n)
                .setManifest(signed.json())
                .setActor("speed")
                .setReason("")
                .setTime(like.created())
                .build();
        producer.send(new ProducerRecord<>(Topics.VERSIONS.name(), "many", codec.encode(event)));
      }
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
