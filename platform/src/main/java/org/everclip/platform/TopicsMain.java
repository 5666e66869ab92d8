package org.everclip.platform;

import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.everclip.contracts.Clients;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigException;
import org.everclip.service.ConfigOptions;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code topics apply}: creates what is missing and says every difference. */
@Command(
    name = "topics apply",
    mixinStandardHelpOptions = true,
    description = "Creates EverClip's topics and corrects their settings; says every difference.")
public final class TopicsMain implements Callable<Integer> {

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(names = "--check", description = "Only say differences, change nothing.")
  private boolean check;

  public static void main(String[] args) {
    var commandLine = new CommandLine(new TopicsMain());
    commandLine.setExecutionExceptionHandler(
        (e, parsed, result) -> {
          parsed.getErr().println(e.getMessage());
          return e instanceof ConfigException ? 2 : 1;
        });
    System.exit(commandLine.execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    EverclipConfig config = options.load();
    List<TopicsApply.Difference> differences;
    try (Admin admin = Admin.create(Clients.common(config))) {
      differences =
          TopicsApply.apply(
              admin, config.kafka().partitions(), config.kafka().replication(), check);
    } catch (KafkaException e) {
      throw new IllegalStateException(
          "Kafka at " + config.kafka().bootstrap() + " does not answer: " + e.getMessage(), e);
    }
    differences.forEach(difference -> System.out.println(difference.text()));
    if (differences.isEmpty()) {
      System.err.println("all topics are as defined");
    }
    return differences.stream().allMatch(TopicsApply.Difference::fixed) ? 0 : 1;
  }
}
