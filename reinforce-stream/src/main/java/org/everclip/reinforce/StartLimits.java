package org.everclip.reinforce;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits that cannot work together, found before the job starts instead of by its failures later.
 * Each message names both limits and what to change.
 */
final class StartLimits {

  private static final Logger log = LoggerFactory.getLogger(StartLimits.class);
  private static final String MAX_TIMEOUT = "transaction.max.timeout.ms";
  private static final String MAX_MESSAGE = "max.message.bytes";
  private static final int SECONDS = 20;

  private StartLimits() {}

  /**
   * Checks the settings by themselves and against the brokers.
   *
   * @throws ConfigException when something cannot work
   */
  static void check(EverclipConfig config, ReinforceSettings settings) throws InterruptedException {
    EverclipConfig.Reinforce section = config.reinforce();
    alone(settings, section.checkpointInterval(), section.transactionTimeout());
    writable(config.inHome(section.checkpointDir()));
    var admin = new Properties();
    admin.putAll(Clients.common(config));
    try (Admin client = Admin.create(admin)) {
      brokers(client, section.transactionTimeout());
    } catch (ExecutionException | TimeoutException e) {
      log.warn("the brokers' limits are not known ({}); the job will find out", e.toString());
    }
  }

  static void alone(ReinforceSettings settings, Duration checkpoints, Duration transactions) {
    require(
        settings.parallelism() >= 1 && settings.parallelism() <= JobConfiguration.MAX_PARALLELISM,
        "reinforce.parallelism is %d, but state has %d key groups and no job can have more subtasks",
        settings.parallelism(),
        JobConfiguration.MAX_PARALLELISM);
    require(
        transactions.compareTo(checkpoints.multipliedBy(10)) >= 0,
        "reinforce.transactionTimeout is %s, but a transaction lives for a checkpoint or two and reinforce.checkpointInterval is %s; make the first at least ten times the second",
        transactions,
        checkpoints);
  }

  private static void writable(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new ConfigException("reinforce.checkpointDir cannot be made: " + e, e);
    }
    require(Files.isWritable(folder), "reinforce.checkpointDir (%s) cannot be written to", folder);
  }

  private static void brokers(Admin client, Duration transactions)
      throws ExecutionException, InterruptedException, TimeoutException {
    Node node = client.describeCluster().nodes().get(SECONDS, TimeUnit.SECONDS).iterator().next();
    var broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
    var reinforced = new ConfigResource(ConfigResource.Type.TOPIC, Topics.REINFORCED.name());
    Map<ConfigResource, Config> found =
        client.describeConfigs(List.of(broker, reinforced)).all().get(SECONDS, TimeUnit.SECONDS);
    long longest = value(found, broker, MAX_TIMEOUT);
    require(
        longest >= transactions.toMillis(),
        "reinforce.transactionTimeout is %s, but the brokers allow %s (their %s); lower the first or raise the second",
        transactions,
        Duration.ofMillis(longest),
        MAX_TIMEOUT);
    long largest = value(found, reinforced, MAX_MESSAGE);
    require(
        largest >= Topics.REINFORCED.maxBytes(),
        "topic %s takes %d bytes (its %s), but its largest record has %d; run 'everclip topics apply'",
        Topics.REINFORCED.name(),
        largest,
        MAX_MESSAGE,
        Topics.REINFORCED.maxBytes());
  }

  private static long value(Map<ConfigResource, Config> found, ConfigResource of, String name) {
    return Long.parseLong(Objects.requireNonNull(found.get(of)).get(name).value());
  }

  private static void require(boolean holds, String otherwise, Object... values) {
    if (!holds) {
      throw new ConfigException(otherwise.formatted(values));
    }
  }
}
