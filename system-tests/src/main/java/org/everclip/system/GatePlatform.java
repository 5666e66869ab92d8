package org.everclip.system;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigLoader;

/**
 * A broker, a schema registry and some gates as processes of their own on ports and folders of
 * their own, without the rest of the flow. Each gate has its own state. Closing it kills them all.
 */
public final class GatePlatform implements AutoCloseable {

  private static final Duration START = Duration.ofSeconds(60);

  private final Path program;
  private final Path home;
  private final int portsBase;
  private final List<String> settings;
  private final Map<String, Process> processes = new HashMap<>();
  private final EverclipConfig config;

  /** Starts broker and registry and makes the topics; gates are started one by one. */
  public GatePlatform(Path program, Path home, int portsBase, List<String> settings)
      throws IOException, InterruptedException {
    this.program = program.toAbsolutePath().normalize();
    this.home = home.toAbsolutePath().normalize();
    this.portsBase = portsBase;
    this.settings = List.copyOf(settings);
    Files.createDirectories(this.home);
    this.config = new ConfigLoader(environment()).load(this.home, null, this.settings);
    try {
      start("broker", "platform", "org.everclip.platform.BrokerMain", this.home, "256m");
      awaitPort(config.kafka().bootstrap());
      start("registry", "platform", "org.everclip.platform.SchemaRegistryMain", this.home, "96m");
      awaitPort(config.schemaRegistry().url().replaceFirst("https?://", ""));
      Process topics =
          start("topics", "platform", "org.everclip.platform.TopicsMain", this.home, "96m");
      if (topics.waitFor() != 0) {
        throw new IllegalStateException("no topics; see " + this.home.resolve("topics.log"));
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** The settings of a client. */
  public EverclipConfig config() {
    return config;
  }

  /** Starts a gate, or starts it again on the state it has left. */
  public Process gate(int number) throws IOException {
    Path own = home.resolve("gate-" + number);
    Files.createDirectories(own);
    return start("gate-" + number, "ingest", "org.everclip.ingest.GateMain", own, "256m");
  }

  /** kill -9 of a gate; waits until it is dead. */
  public void kill(int number) throws InterruptedException {
    Process gate = processes.get("gate-" + number);
    if (gate == null) {
      throw new IllegalArgumentException("gate " + number + " was never started");
    }
    if (!gate.isAlive()) {
      throw new IllegalStateException(
          "gate %d has ended by itself with %d; see %s"
              .formatted(number, gate.exitValue(), home.resolve("gate-" + number + ".log")));
    }
    gate.destroyForcibly().waitFor();
  }

  private Process start(String name, String module, String main, Path own, String heap)
      throws IOException {
    var command =
        new ArrayList<String>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-cp",
                program.resolve("target/lib").resolve(module) + "/*",
                main,
                "--home",
                own.toString()));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(home.resolve(name + ".log").toFile()));
    builder.environment().putAll(environment());
    builder.environment().put("EVERCLIP_PARENT_PID", Long.toString(ProcessHandle.current().pid()));
    builder.environment().put("MALLOC_ARENA_MAX", "1");
    Process process = builder.start();
    processes.put(name, process);
    return process;
  }

  private Map<String, String> environment() {
    return Map.of(
        "EVERCLIP_PORTS_BASE", Integer.toString(portsBase), "EVERCLIP_PROGRAM", program.toString());
  }

  private void awaitPort(String address) throws IOException, InterruptedException {
    int colon = address.lastIndexOf(':');
    var socketAddress =
        new InetSocketAddress(
            address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    long end = System.nanoTime() + START.toNanos();
    while (true) {
      try (var socket = new Socket()) {
        socket.connect(socketAddress, 1000);
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end) {
          throw new IOException(address + " did not open; see the logs in " + home, e);
        }
        Thread.sleep(100);
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    for (Process process : processes.values()) {
      process.destroyForcibly().waitFor();
    }
  }
}
