package org.everclip.registry;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.Health;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import org.everclip.service.StopSignal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** The registry role. */
@Command(
    name = "registry",
    mixinStandardHelpOptions = true,
    description = "Keeps model versions and aliases; serves them natively and as a Hub.")
public final class RegistryMain extends RoleMain {

  private static final Logger log = LoggerFactory.getLogger(RegistryMain.class);
  private static final Duration CHECK = Duration.ofSeconds(2);

  public static void main(String[] args) {
    launch(new RegistryMain(), args);
  }

  @Override
  protected String role() {
    return "registry";
  }

  @Override
  protected void run(RoleContext context) throws Exception {
    EverclipConfig config = context.config();
    Health health = context.health();
    StopSignal stop = context.stop();
    requireLog(config, health, stop);
    if (stop.requested()) {
      return;
    }
    try (RegistryServer server = RegistryServer.start(config, context.meters())) {
      while (!stop.requested() && !server.awaitReady(Duration.ofSeconds(10))) {
        health.down(
            "log", "models.versions is not read yet; are Kafka and the schema registry up?");
        stop.await(CHECK);
      }
      health.up("log");
      health.ready();
      log.info("registry at http://127.0.0.1:{}", server.port());
      while (!stop.await(CHECK)) {
        if (server.log().isReady()) {
          health.up("log");
        } else {
          health.down("log", "the reader of models.versions does not run; see the log");
        }
      }
    }
  }

  /** Waits for the broker and makes sure that the log's topic exists. */
  private static void requireLog(EverclipConfig config, Health health, StopSignal stop)
      throws InterruptedException {
    Properties properties = Clients.common(config);
    properties.putAll(Map.of("request.timeout.ms", "5000", "default.api.timeout.ms", "5000"));
    NewTopic topic = Topics.VERSIONS.create(1, config.kafka().replication());
    try (Admin admin = Admin.create(properties)) {
      while (!stop.requested()) {
        try {
          admin.createTopics(java.util.List.of(topic)).all().get();
          break;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof TopicExistsException) {
            break;
          }
          health.down("log", "no topic models.versions: " + e.getCause());
          log.warn("waiting for Kafka: {}", String.valueOf(e.getCause()));
          stop.await(CHECK);
        }
      }
    }
    health.up("log");
  }
}
