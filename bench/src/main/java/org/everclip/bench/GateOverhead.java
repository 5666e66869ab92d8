package org.everclip.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.NormalForm;
import org.everclip.formats.image.PerceptualHash;
import org.everclip.formats.image.Thumbnail;
import org.everclip.system.GateLedger;
import org.everclip.system.GatePlatform;
import org.everclip.system.SmallPairs;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * CPU time of the gate's process for each pair, beside that of a bare loop over the same pictures
 * that decodes, normalises and hashes them; and how time and state grow with the number of pairs.
 * Both are processes of their own with the same options, measured after the same warm-up.
 */
@Command(
    name = "gate-overhead",
    mixinStandardHelpOptions = true,
    description = "Measures the gate against a bare loop, and how its time and state grow.")
public final class GateOverhead implements Callable<Integer> {

  private static final Duration POLL = Duration.ofMillis(50);
  private static final int STORED_SIDE = 512;
  private static final List<String> JVM = List.of("-Xmx256m", "-XX:+UseSerialGC");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--program", defaultValue = ".", description = "Folder of the program.")
  private Path program = Path.of(".");

  @Option(names = "--ports-base", defaultValue = "23800")
  private int portsBase;

  @Option(names = "--side", defaultValue = "224", description = "Longer side of the pictures.")
  private int side;

  @Option(names = "--pairs", defaultValue = "6000", description = "Pairs measured.")
  private int pairs;

  @Option(names = "--warm-up", defaultValue = "3000", description = "Pairs before that.")
  private int warmUp;

  @Option(
      names = "--settle",
      description = "Small pairs before the warm-up, which get the bookkeeping compiled.")
  private int settle;

  @Option(names = "--growth", description = "Measure N, 10 N and 100 N small pairs instead.")
  private int growth;

  @Option(names = "--plot", description = "File that gets the growth as a drawing (SVG).")
  private @Nullable Path plot;

  @Option(
      names = "--pictures",
      description = "Folder of the pictures; made if it holds another number (default: in home).")
  private @Nullable Path folder;

  @Option(names = "--profile", description = "File that gets a flight recording of the gate.")
  private Path profile = Path.of("");

  @Option(names = "--bare", hidden = true, description = "Run the bare loop over this folder.")
  private Path bare = Path.of("");

  public static void main(String[] args) {
    System.exit(new CommandLine(new GateOverhead()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (!bare.toString().isEmpty()) {
      System.out.println(bareLoop());
    } else if (growth > 0) {
      growth();
    } else {
      overhead();
    }
    return 0;
  }

  private void overhead() throws Exception {
    Path pictures = Files.createDirectories(folder == null ? home.resolve("pictures") : folder);
    if (files(pictures).size() != warmUp + pairs) {
      SidePictures.write(program, pictures, warmUp + pairs, side);
    }
    double loop = bareProcess(pictures);
    double gate;
    try (var platform = new GatePlatform(program, home, portsBase, List.of());
        var ledger = new GateLedger(platform.config())) {
      Process process = platform.gate(0, recording());
      new SmallPairs(platform.config(), 1).send(settle);
      await(ledger, settle, process);
      send(platform, files(pictures).subList(0, warmUp));
      await(ledger, settle + warmUp, process);
      // All that was sent is decided, so the steps before the last have not run ahead.
      Duration before = cpu(process);
      ThreadTimes threads = ThreadTimes.of(process.pid());
      send(platform, files(pictures).subList(warmUp, warmUp + pairs));
      await(ledger, settle + warmUp + pairs, process);
      gate = cpu(process).minus(before).toNanos() / 1e6 / pairs;
      ThreadTimes.of(process.pid())
          .since(threads)
          .forEach(
              one ->
                  System.out.printf(
                      Locale.ROOT,
                      "  %s: %.3f ms a pair%n",
                      one.getKey(),
                      (double) one.getValue() / pairs));
      process.destroy();
      process.waitFor();
    }
    System.out.printf(
        Locale.ROOT,
        "pictures %d px, %d pairs after %d: gate %.3f ms CPU a pair, bare loop %.3f ms, ratio %.2f%n",
        side,
        pairs,
        settle + warmUp,
        gate,
        loop,
        gate / loop);
  }

  private List<String> recording() {
    return profile.toString().isEmpty()
        ? List.of()
        : List.of("-XX:StartFlightRecording=settings=profile,filename=" + profile);
  }

  private void growth() throws Exception {
    try (var platform = new GatePlatform(program, home, portsBase, List.of());
        var ledger = new GateLedger(platform.config())) {
      var source = new SmallPairs(platform.config(), 1);
      var rows = new ArrayList<GrowthPlot.Row>();
      Process process = platform.gate(0);
      source.send(growth);
      await(ledger, growth, process);
      int done = growth;
      for (int size = growth; size <= 100 * growth; size *= 10) {
        source.send(Math.max(0, size - done));
        await(ledger, Math.max(size, done), process);
        // As many pairs at each size.
        Duration before = cpu(process);
        long start = System.nanoTime();
        source.send(growth);
        done = Math.max(size, done) + growth;
        await(ledger, done, process);
        var row =
            new GrowthPlot.Row(
                size,
                cpu(process).minus(before).toNanos() / 1e6 / growth,
                (System.nanoTime() - start) / 1e6 / growth,
                bytes(home.resolve("gate-0/state")) / 1e6,
                resident(process));
        rows.add(row);
        System.out.printf(
            Locale.ROOT,
            "%d pairs: %.3f ms CPU, %.3f ms a pair; state %.1f MB, resident %.0f MB%n",
            size,
            row.cpuMillis(),
            row.wallMillis(),
            row.stateMb(),
            row.residentMb());
      }
      if (plot != null) {
        Files.writeString(plot, GrowthPlot.svg(rows));
      }
    }
  }

  private static void send(GatePlatform platform, List<Path> files) throws Exception {
    var codec = new RawPairCodec(Clients.schemaRegistry(platform.config()));
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(platform.config()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (Path file : files) {
        ImageTextPair pair =
            ImageTextPair.newBuilder()
                .setSource("bench")
                .setExternalId(file.getFileName().toString())
                .setCaption("Two things side by side, picture " + file.getFileName())
                .setImage(ByteBuffer.wrap(Files.readAllBytes(file)))
                .build();
        producer.send(new ProducerRecord<>(Topics.RAW.name(), codec.encode(pair)));
      }
    }
  }

  private double bareProcess(Path folder) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), GateOverhead.class.getName()));
    command.addAll(
        List.of("--home", home.toString(), "--bare", folder.toString(), "--warm-up", "" + warmUp));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String text =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException("the bare loop has failed: " + text);
    }
    return Double.parseDouble(text.strip().lines().reduce((a, b) -> b).orElse(""));
  }

  /** Milliseconds of this process's CPU time for each picture after the warm-up. */
  private double bareLoop() throws IOException {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    var decoder = new ImageDecoder(new ImageLimits(4 << 20, 16384, 64_000_000L, 16, 20));
    List<Path> files = files(bare);
    long before = 0;
    long sum = 0;
    for (int i = 0; i < files.size(); i++) {
      if (i == warmUp) {
        before = system.getProcessCpuTime();
      }
      byte[] original = Files.readAllBytes(files.get(i));
      if (decoder.decode(original) instanceof Decoded decoded) {
        NormalForm.Result stored = NormalForm.of(original, decoded, STORED_SIDE);
        sum += PerceptualHash.of(stored.image());
        sum += Thumbnail.of(stored.image())[0];
        sum += Sha256.hex(original).hashCode();
        if (stored.bytes() != original) {
          sum += Sha256.hex(stored.bytes()).hashCode();
        }
      }
    }
    long spent = system.getProcessCpuTime() - before;
    System.err.println("bare loop's checksum " + sum);
    return spent / 1e6 / (files.size() - warmUp);
  }

  private static void await(GateLedger ledger, int wanted, Process gate) {
    while (ledger.poll(POLL) < wanted) {
      if (!gate.isAlive()) {
        throw new IllegalStateException("the gate has ended; see its log");
      }
    }
  }

  private static Duration cpu(Process process) {
    return process.info().totalCpuDuration().orElseThrow();
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static long bytes(Path folder) throws IOException {
    long sum = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        // Compaction removes files while they are counted.
        sum += Files.exists(file) ? file.toFile().length() : 0;
      }
    }
    return sum;
  }

  /** Resident megabytes where the system tells them, else -1. */
  private static long resident(Process process) throws IOException {
    Path status = Path.of("/proc/" + process.pid() + "/status");
    if (!Files.exists(status)) {
      return -1;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    return -1;
  }
}
