package org.everclip.platform;

import java.time.Duration;
import org.everclip.contracts.Clients;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** The role {@code schema-registry}. */
@Command(
    name = "schema-registry",
    mixinStandardHelpOptions = true,
    description = "Serves Confluent's schema registry REST API, kept in the topic _schemas.")
public final class SchemaRegistryMain extends RoleMain {

  private static final Logger log = LoggerFactory.getLogger(SchemaRegistryMain.class);

  public static void main(String[] args) {
    launch(new SchemaRegistryMain(), args);
  }

  @Override
  protected String role() {
    return "schema-registry";
  }

  @Override
  protected boolean reportsToKafka() {
    return false;
  }

  @Override
  protected Duration graceAfterParent() {
    return Duration.ofSeconds(6);
  }

  @Override
  protected void run(RoleContext context) throws Exception {
    EverclipConfig config = context.config();
    try (SchemaRegistryServer server =
        SchemaRegistryServer.start(
            config.platform().schemaRegistryPort(),
            Clients.common(config),
            config.kafka().replication())) {
      log.info("schema registry listens on {}", server.url());
      context.health().ready();
      while (!context.stop().await(Duration.ofSeconds(1))) {
        RuntimeException failure = server.failure();
        if (failure != null) {
          throw failure;
        }
      }
    }
  }
}
