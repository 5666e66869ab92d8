package org.everclip.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.everclip.contracts.Clients;
import org.everclip.contracts.Topics;

/**
 * What {@code everclip reconcile} says about the reinforcement: nothing after false alarms, and
 * exactly what is missing after a real loss, which it then drives in again. For one thread.
 */
final class ReinforceLoss {

  private static final String GROUP = "everclip-reinforce";

  private final RolePlatform platform;
  private final ReinforceCluster cluster;
  private final AcceptedPairs source;
  private final ReinforcedLedger ledger;
  private final List<String> faults = new ArrayList<>();

  ReinforceLoss(
      RolePlatform platform,
      ReinforceCluster cluster,
      AcceptedPairs source,
      ReinforcedLedger ledger) {
    this.platform = platform;
    this.cluster = cluster;
    this.source = source;
    this.ledger = ledger;
  }

  /** Everything is there; returns what reconcile gets wrong. */
  List<String> falseAlarms() throws IOException, InterruptedException {
    faults.clear();
    JsonNode report = reconcile(0);
    say("reconcile after the kills: missing %d, twice %d", missing(report).size(), twice(report));
    return List.copyOf(faults);
  }

  /**
   * The cluster's state is lost and its group put behind pairs that nobody has reinforced.
   *
   * @param from number of the first new pair
   * @return what reconcile gets wrong
   */
  List<String> realLoss(int from, int count) throws Exception {
    faults.clear();
    cluster.killJobManager();
    cluster.killTaskManager(0);
    Path state = platform.home().resolve("cluster/state/reinforce");
    Files.move(state, state.resolveSibling("lost"));
    var lost = new TreeSet<String>();
    for (int i = from; i < from + count; i++) {
      lost.add(source.send(i, "Blocks, number " + i, AcceptedPairs.picture(i)) + "/1");
    }
    source.flush();
    skip();
    for (int i = from + count; i < from + 2 * count; i++) {
      source.send(i, "Blocks, number " + i, AcceptedPairs.picture(i));
    }
    source.flush();
    cluster.jobManager();
    cluster.taskManager(0);
    ReinforceKillProof.await(ledger, from + count);
    JsonNode report = reconcile(1, "--wait", "0");
    expect(missing(report).equals(lost), "reconcile misses others: " + missing(report));
    say("%d pairs really lost: reconcile names %d", count, missing(report).size());
    reconcile(1, "--wait", "0", "--redrive");
    ReinforceKillProof.await(ledger, from + 2 * count);
    JsonNode after = reconcile(0);
    say("driven in again: missing %d, twice %d", missing(after).size(), twice(after));
    expect(ledger.doubles().isEmpty(), "twice: " + ledger.doubles());
    return List.copyOf(faults);
  }

  private void skip() throws Exception {
    try (Admin admin = Admin.create(Clients.common(platform.config()))) {
      var ends = new HashMap<TopicPartition, OffsetSpec>();
      var topic = admin.describeTopics(List.of(Topics.ACCEPTED.name())).allTopicNames().get();
      topic.values().stream()
          .flatMap(description -> description.partitions().stream())
          .forEach(
              info ->
                  ends.put(
                      new TopicPartition(Topics.ACCEPTED.name(), info.partition()),
                      OffsetSpec.latest()));
      var positions = new HashMap<TopicPartition, OffsetAndMetadata>();
      admin
          .listOffsets(ends)
          .all()
          .get()
          .forEach((partition, at) -> positions.put(partition, new OffsetAndMetadata(at.offset())));
      admin.alterConsumerGroupOffsets(GROUP, positions).all().get();
    }
  }

  private JsonNode reconcile(int code, String... options) throws IOException, InterruptedException {
    Path output = platform.home().resolve("reconcile.json");
    var arguments = new ArrayList<String>(List.of("reconcile", "--json", "--settle", "0"));
    arguments.addAll(List.of(options));
    int answer = platform.command(output, arguments.toArray(String[]::new));
    expect(answer == code, "reconcile ended with %d, not %d".formatted(answer, code));
    return new JsonMapper().readTree(output.toFile());
  }

  private static Set<String> missing(JsonNode report) {
    var pairs = new TreeSet<String>();
    report.path("missingReinforcedPairs").forEach(pair -> pairs.add(pair.asText()));
    return pairs;
  }

  private static int twice(JsonNode report) {
    return report.path("doubles").size();
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      faults.add(otherwise);
    }
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(format, values));
  }
}
