package org.everclip.platform;

import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** The role {@code broker}: the embedded Kafka on HOME/kafka, with every topic in place. */
@Command(
    name = "broker",
    mixinStandardHelpOptions = true,
    description = "Runs a real Kafka broker on HOME/kafka and creates EverClip's topics.")
public final class BrokerMain extends RoleMain {

  private static final Logger log = LoggerFactory.getLogger(BrokerMain.class);

  public static void main(String[] args) {
    launch(new BrokerMain(), args);
  }

  @Override
  protected String role() {
    return "broker";
  }

  @Override
  protected boolean reportsToKafka() {
    return false;
  }

  @Override
  protected Duration graceAfterParent() {
    return Duration.ofSeconds(8);
  }

  @Override
  protected void run(RoleContext context) throws Exception {
    EverclipConfig config = context.config();
    EverclipConfig.Platform platform = config.platform();
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(
            config.inHome("kafka"), platform.brokerPort(), platform.controllerPort())) {
      var client = new Properties();
      client.put("bootstrap.servers", broker.bootstrap());
      try (Admin admin = Admin.create(client)) {
        TopicsApply.apply(admin, config.kafka().partitions(), (short) 1, false)
            .forEach(difference -> log.info("{}", difference.text()));
      }
      log.info("Kafka listens on {}", broker.bootstrap());
      context.health().ready();
      context.stop().await();
    }
  }
}
