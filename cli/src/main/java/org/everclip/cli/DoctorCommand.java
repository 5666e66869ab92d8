package org.everclip.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code everclip doctor}: looks for what would go wrong, before it does. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Checks Java, memory, disk, jars, native libraries, ports, limits and data.")
final class DoctorCommand implements Callable<Integer> {

  private static final long GIB = 1L << 30;
  private static final long MEMORY = 6 * GIB;
  private static final long DISK = 4 * GIB;

  /** Room for the Avro frame, caption and attributes beside the image in a record. */
  private static final int RECORD_OVERHEAD = 256 << 10;

  @Mixin private ConfigOptions options = new ConfigOptions();

  private final List<String> failures = new ArrayList<>();

  @Override
  public Integer call() {
    EverclipConfig config = options.load();
    Program program = Program.find();
    int java = Runtime.version().feature();
    check(java >= 17, "Java " + Runtime.version(), "17 or newer is needed");
    memoryAndDisk(config);
    for (RoleSpec role : Roles.all(config.platform().brokerHeap(), System.getenv())) {
      jars(program, role);
    }
    ports(config);
    limits(config);
    data(config);
    System.out.println(failures.isEmpty() ? "all well" : failures.size() + " of the checks failed");
    return failures.isEmpty() ? 0 : 1;
  }

  private void memoryAndDisk(EverclipConfig config) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      long memory = system.getTotalMemorySize();
      check(
          memory >= MEMORY,
          "memory " + memory / GIB + " GiB",
          "the whole platform wants " + MEMORY / GIB + " GiB");
    }
    Path dir = config.home();
    while (!Files.exists(dir) && dir.getParent() != null) {
      dir = dir.getParent();
    }
    long free = dir.toFile().getUsableSpace();
    check(
        free >= DISK,
        "disk at " + dir + ": " + free / GIB + " GiB free",
        DISK / GIB + " GiB should be free");
  }

  private void jars(Program program, RoleSpec role) {
    Path lib = program.lib(role.module());
    List<String> jars = names(lib);
    if (!check(
        !jars.isEmpty(), role.name() + ": " + jars.size() + " jars", "build: missing " + lib)) {
      return;
    }
    long rocks = jars.stream().filter(jar -> jar.matches("f?rocksdbjni-.*")).count();
    boolean needsRocks =
        List.of("ingest", "model-registry", "reinforce-stream", "trainer").contains(role.module());
    check(
        rocks <= 1 && (rocks == 1 || !needsRocks),
        role.name() + ": " + rocks + " RocksDB",
        "exactly one RocksDB jar belongs into " + lib);
    if (List.of("reinforce-stream", "trainer", "evaluation").contains(role.module())) {
      String platform = platform();
      check(
          jars.stream()
              .anyMatch(jar -> jar.startsWith("pytorch-native-") && jar.contains(platform)),
          role.name() + ": PyTorch for " + platform,
          "no PyTorch library for this platform in " + lib);
    }
  }

  private static String platform() {
    String os = System.getProperty("os.name").startsWith("Mac") ? "osx" : "linux";
    String arch = System.getProperty("os.arch");
    return os + "-" + (arch.equals("amd64") ? "x86_64" : arch);
  }

  private void ports(EverclipConfig config) {
    if (Home.owner(config.home()).isPresent()) {
      System.out.println("ok    ports: the platform runs");
      return;
    }
    var ports =
        Map.of(
            "dashboard.port", config.dashboard().port(),
            "platform.schemaRegistryPort", config.platform().schemaRegistryPort(),
            "reinforce.uiPort", config.reinforce().uiPort(),
            "registry.port", config.registry().port(),
            "platform.brokerPort", config.platform().brokerPort(),
            "platform.controllerPort", config.platform().controllerPort());
    ports.forEach(
        (name, port) ->
            check(
                isFree(port),
                "port " + port + " (" + name + ")",
                "it is taken: stop what uses it, or set " + name + " or EVERCLIP_PORTS_BASE"));
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private void limits(EverclipConfig config) {
    int image = config.limits().maxImageBytes();
    check(
        image + RECORD_OVERHEAD <= Topics.RAW.maxBytes(),
        "limits.maxImageBytes " + image,
        "a record with such an image must fit into "
            + Topics.RAW.maxBytes()
            + " bytes: at most "
            + (Topics.RAW.maxBytes() - RECORD_OVERHEAD));
    check(
        Topics.RAW.maxBytes() < Topics.ACCEPTED.maxBytes()
            && Topics.ACCEPTED.maxBytes() < Topics.REINFORCED.maxBytes()
            && Topics.REINFORCED.maxBytes() < Topics.MAX_REQUEST_BYTES,
        "record sizes grow along the flow",
        "raw < accepted < reinforced < request");
  }

  private void data(EverclipConfig config) {
    var files =
        Map.of(
            "reinforce.recipe", config.reinforce().recipe(),
            "trainer.tokenizer", config.trainer().tokenizer(),
            "evaluation.data", config.evaluation().data());
    files.forEach(
        (name, path) ->
            check(
                Files.exists(config.inProgram(path)),
                name + " " + path,
                "missing: " + config.inProgram(path)));
    Path demo = config.inProgram("demo");
    for (String folder : List.of("train-permissive", "val-permissive")) {
      check(
          !names(demo.resolve(folder)).isEmpty(),
          "demo/" + folder,
          "only 'everclip demo' needs it");
    }
  }

  private static List<String> names(Path dir) {
    if (!Files.isDirectory(dir)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(file -> file.getFileName().toString()).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private boolean check(boolean good, String what, String advice) {
    System.out.println(good ? "ok    " + what : "FAIL  " + what + " — " + advice);
    if (!good) {
      failures.add(what);
    }
    return good;
  }
}
