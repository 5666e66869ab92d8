package org.everclip.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code everclip status}: exit code 0 when every role is ready. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Shows roles, processes, health, addresses and record counts.")
final class StatusCommand implements Callable<Integer> {

  private static final Duration COUNTING = Duration.ofSeconds(5);
  private static final List<Topics.Topic> COUNTED =
      List.of(Topics.RAW, Topics.ACCEPTED, Topics.REJECTED, Topics.REINFORCED, Topics.EVALUATIONS);

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  /**
   * What {@code --json} prints.
   *
   * @param records committed records by topic
   * @param counted false when there was no time to count to the end
   * @param reinforcement null when the role has not reported lately
   */
  record Status(
      boolean running,
      boolean ready,
      Map<String, Long> records,
      boolean counted,
      @Nullable ReinforcementState reinforcement,
      SupervisorState supervisor) {}

  @Override
  public Integer call() throws JsonProcessingException {
    EverclipConfig config = options.load();
    Optional<Long> owner = Home.owner(config.home());
    Optional<SupervisorState> state = SupervisorState.read(config.home());
    if (owner.isEmpty() || state.isEmpty()) {
      if (json) {
        System.out.println("{\"running\":false,\"ready\":false}");
      } else {
        System.out.println("nothing runs on " + config.home());
      }
      return 1;
    }
    var records = new LinkedHashMap<String, Long>();
    boolean counted = count(config, records);
    ReinforcementState reinforcement =
        counted ? ReinforcementState.latest(config).orElse(null) : null;
    var status =
        new Status(true, state.get().ready(), records, counted, reinforcement, state.get());
    if (json) {
      System.out.println(new JsonMapper().writeValueAsString(status));
    } else {
      print(status);
    }
    return status.ready() ? 0 : 1;
  }

  private static void print(Status status) {
    System.out.println("supervisor " + status.supervisor().pid());
    for (SupervisorState.Role role : status.supervisor().roles()) {
      System.out.printf(
          "%-16s %-9s pid %-8d health port %-6d restarts %-3d %s%n",
          role.name(),
          role.ready() ? "ready" : "NOT READY",
          role.pid(),
          role.healthPort(),
          role.restarts(),
          role.ready() ? "" : role.detail());
    }
    status
        .supervisor()
        .addresses()
        .forEach((name, address) -> System.out.printf("%-16s %s%n", name, address));
    if (status.reinforcement() != null) {
      System.out.printf("%-16s %s%n", "reinforcement", status.reinforcement().text());
    }
    status
        .records()
        .forEach(
            (topic, count) ->
                System.out.printf(
                    "%-20s %s%d records%n", topic, status.counted() ? "" : "at least ", count));
  }

  /** Counts committed records for a short time; false when that was not enough. */
  private static boolean count(EverclipConfig config, Map<String, Long> records) {
    long deadline = System.nanoTime() + COUNTING.toNanos();
    try (var reader = new TopicReader(config)) {
      for (Topics.Topic topic : COUNTED) {
        records.put(topic.name(), 0L);
      }
      reader.assign(COUNTED.stream().map(Topics.Topic::name).toList());
      Map<org.apache.kafka.common.TopicPartition, Long> ends = reader.ends();
      while (!reader.reached(ends)) {
        if (System.nanoTime() > deadline) {
          return false;
        }
        for (ConsumerRecord<byte[], byte[]> record : reader.poll(Duration.ofMillis(200))) {
          records.merge(record.topic(), 1L, Long::sum);
        }
      }
      return true;
    } catch (KafkaException | CliException e) {
      return false;
    }
  }
}
