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
 * A broker, a schema registry and chosen roles as processes of their own on ports and folders of
 * their own, without the rest of the flow. Closing it kills them all.
 */
public final class RolePlatform implements AutoCloseable {

  private static final Duration START = Duration.ofSeconds(300);

  /** Where the program unpacks PyTorch's libraries, too. */
  private static final Path NATIVES =
      Path.of(System.getProperty("user.home"), ".cache", "everclip", "djl");

  /** As the program starts its roles. */
  private static final List<String> PYTORCH =
      List.of(
          "-Dai.djl.offline=true",
          "-Dai.djl.pytorch.num_threads=1",
          "-Dai.djl.pytorch.graph_optimizer=false");

  private final Path program;
  private final Path home;
  private final int portsBase;
  private final List<String> settings;
  private final Map<String, Process> processes = new HashMap<>();
  private final EverclipConfig config;

  /** Starts broker and registry and makes the topics; roles are started one by one. */
  public RolePlatform(Path program, Path home, int portsBase, List<String> settings)
      throws IOException, InterruptedException {
    this.program = program.toAbsolutePath().normalize();
    this.home = home.toAbsolutePath().normalize();
    this.portsBase = portsBase;
    this.settings = List.copyOf(settings);
    Files.createDirectories(this.home);
    this.config = new ConfigLoader(environment()).load(this.home, null, this.settings);
    try {
      platform("broker", "BrokerMain", "256m");
      awaitPort(config.kafka().bootstrap());
      platform("registry", "SchemaRegistryMain", "96m");
      awaitPort(config.schemaRegistry().url().replaceFirst("https?://", ""));
      Process topics = platform("topics", "TopicsMain", "96m");
      if (topics.waitFor() != 0) {
        throw new IllegalStateException("no topics; see " + log("topics"));
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

  /** A process that was started under this name. */
  public Process process(String name) {
    Process process = processes.get(name);
    if (process == null) {
      throw new IllegalArgumentException(name + " was never started");
    }
    return process;
  }

  /** kill -9 of a process; waits until it is dead. */
  public void kill(String name) throws InterruptedException {
    Process process = process(name);
    if (!process.isAlive()) {
      throw new IllegalStateException(
          "%s has ended by itself with %d; see %s".formatted(name, process.exitValue(), log(name)));
    }
    process.destroyForcibly().waitFor();
  }

  /** The file that gets all that a process prints. */
  public Path log(String name) {
    return home.resolve(name + ".log");
  }

  /** The folder of the state. */
  public Path home() {
    return home;
  }

  /**
   * Starts a role, or starts it again on the state it has left.
   *
   * @param module whose libraries it runs with
   * @param own folder of its state
   * @param options of the virtual machine
   */
  public Process start(
      String name, String module, String main, Path own, List<String> options, String... arguments)
      throws IOException {
    return run(name, classPath(module), main, own, options, arguments);
  }

  /** The libraries of a module. */
  public String classPath(String module) {
    return program.resolve("target/lib").resolve(module) + "/*";
  }

  private Process platform(String name, String main, String heap) throws IOException {
    return start(name, "platform", "org.everclip.platform." + main, home, List.of("-Xmx" + heap));
  }

  /** Starts a role with a class path of its own, else like {@link #start}. */
  public Process run(
      String name,
      String classPath,
      String main,
      Path own,
      List<String> options,
      String... arguments)
      throws IOException {
    Files.createDirectories(own);
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    command.addAll(PYTORCH);
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, main));
    command.addAll(List.of("--home", own.toString()));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()));
    builder.environment().putAll(environment());
    builder.environment().put("EVERCLIP_PARENT_PID", Long.toString(ProcessHandle.current().pid()));
    builder.environment().put("MALLOC_ARENA_MAX", "1");
    builder.environment().putIfAbsent("DJL_CACHE_DIR", NATIVES.toString());
    Process process = builder.start();
    processes.put(name, process);
    return process;
  }

  /** Runs a command of the program to its end; returns its exit code. */
  public int command(Path output, String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>(List.of(program.resolve("everclip").toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--home", home.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(output.toFile());
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log("commands").toFile()));
    builder.environment().putAll(environment());
    builder.environment().put("EVERCLIP_NO_BUILD", "1");
    return builder.start().waitFor();
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
