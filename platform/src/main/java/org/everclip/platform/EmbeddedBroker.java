package org.everclip.platform;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.everclip.contracts.Topics;

/**
 * A real Kafka broker (KRaft, one node, loopback) that keeps its data in a folder: what was written
 * is there after a restart, on the same port or another. One broker a folder at a time. A fatal
 * fault inside Kafka ends the whole JVM, so the product runs it as a process of its own.
 */
public final class EmbeddedBroker implements AutoCloseable {

  private static final String LOOPBACK = "127.0.0.1";

  /** Transactions may stay open, and their ids unused, so long: int milliseconds end at 24.8 d. */
  private static final Duration LONGEST = Duration.ofDays(24);

  private final KafkaRaftServer server;
  private final String bootstrap;

  private EmbeddedBroker(KafkaRaftServer server, String bootstrap) {
    this.server = server;
    this.bootstrap = bootstrap;
  }

  /** Starts on free ports. */
  public static EmbeddedBroker start(Path dir) {
    return start(dir, 0, 0);
  }

  /**
   * Starts the broker and returns when it takes requests.
   *
   * @param dir its folder; made and formatted at the first start
   * @param port of the broker, 0 for a free one
   * @param controllerPort of the controller inside, 0 for a free one
   * @throws IllegalStateException when a port is taken
   */
  public static EmbeddedBroker start(Path dir, int port, int controllerPort) {
    Properties properties;
    int brokerPort;
    try (ServerSocket broker = reserve(port, "broker");
        ServerSocket controller = reserve(controllerPort, "controller")) {
      brokerPort = broker.getLocalPort();
      properties = properties(dir.resolve("log"), brokerPort, controller.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      format(dir, properties);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare the broker's folder " + dir, e);
    }
    var server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
    server.startup();
    return new EmbeddedBroker(server, LOOPBACK + ":" + brokerPort);
  }

  /** Where clients connect: {@code host:port}. */
  public String bootstrap() {
    return bootstrap;
  }

  /** Stops cleanly: data flushed, log closed. */
  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }

  private static ServerSocket reserve(int port, String what) throws IOException {
    try {
      return new ServerSocket(port, 1, InetAddress.getByName(LOOPBACK));
    } catch (java.net.BindException e) {
      throw new IllegalStateException(
          "port "
              + port
              + " for the Kafka "
              + what
              + " is taken; stop what uses it, or choose another with platform."
              + what
              + "Port or EVERCLIP_PORTS_BASE",
          e);
    }
  }

  private static void format(Path dir, Properties properties) throws IOException {
    Files.createDirectories(dir);
    Path file = dir.resolve("server.properties");
    try (OutputStream out = Files.newOutputStream(file)) {
      properties.store(out, "Written at every start; settings of the embedded broker");
    }
    if (Files.exists(dir.resolve("log").resolve("meta.properties"))) {
      return;
    }
    var said = new ByteArrayOutputStream();
    String[] command = {
      "format", "--ignore-formatted", "-t", Uuid.randomUuid().toString(), "-c", file.toString()
    };
    int code =
        StorageTool.execute(command, new PrintStream(said, true, StandardCharsets.UTF_8.name()));
    if (code != 0) {
      throw new IOException("Kafka could not format it: " + said.toString(StandardCharsets.UTF_8));
    }
  }

  private static Properties properties(Path log, int port, int controllerPort) {
    var p = new Properties();
    p.put("process.roles", "broker,controller");
    p.put("node.id", "1");
    p.put("controller.quorum.voters", "1@" + LOOPBACK + ":" + controllerPort);
    p.put(
        "listeners",
        "PLAINTEXT://"
            + LOOPBACK
            + ":"
            + port
            + ",CONTROLLER://"
            + LOOPBACK
            + ":"
            + controllerPort);
    p.put("advertised.listeners", "PLAINTEXT://" + LOOPBACK + ":" + port);
    p.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.put("controller.listener.names", "CONTROLLER");
    p.put("inter.broker.listener.name", "PLAINTEXT");
    p.put("log.dirs", log.toAbsolutePath().toString());
    p.put("auto.create.topics.enable", "false");
    p.put("default.replication.factor", "1");
    p.put("min.insync.replicas", "1");
    p.put("offsets.topic.replication.factor", "1");
    p.put("offsets.topic.num.partitions", "4");
    p.put("transaction.state.log.replication.factor", "1");
    p.put("transaction.state.log.min.isr", "1");
    p.put("transaction.state.log.num.partitions", "4");
    p.put("share.coordinator.state.topic.replication.factor", "1");
    p.put("share.coordinator.state.topic.min.isr", "1");
    p.put("group.initial.rebalance.delay.ms", "0");
    p.put("message.max.bytes", Integer.toString(Topics.MAX_REQUEST_BYTES));
    p.put("replica.fetch.max.bytes", Integer.toString(Topics.MAX_REQUEST_BYTES));
    p.put("log.retention.ms", "-1");
    p.put("offsets.retention.minutes", Long.toString(Duration.ofDays(3650).toMinutes()));
    p.put("transaction.max.timeout.ms", Long.toString(LONGEST.toMillis()));
    p.put("transactional.id.expiration.ms", Long.toString(LONGEST.toMillis()));
    // The default of 128 MB alone would not fit into the broker's heap.
    p.put("log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20));
    // After a kill -9 the next start waits for the old registration to end: 9 s by default; much
    // less would fence the broker on a busy machine.
    p.put("broker.session.timeout.ms", "3000");
    p.put("broker.heartbeat.interval.ms", "500");
    p.put("num.network.threads", "2");
    p.put("num.io.threads", "4");
    p.put("background.threads", "4");
    return p;
  }
}
