package org.everclip.platform;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.everclip.contracts.Topics;

/**
 * Brings a cluster's topics to what {@link Topics} defines. Missing topics are created and settings
 * corrected; a number of partitions is never changed, since that would move keys between
 * partitions.
 */
public final class TopicsApply {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private TopicsApply() {}

  /**
   * Something that was not as defined.
   *
   * @param what {@code topic}, {@code partitions} or a setting's name
   * @param fixed whether it is now as defined
   */
  public record Difference(
      String topic, String what, String expected, String actual, boolean fixed) {

    /** The difference in words. */
    public String text() {
      String state = fixed ? "changed" : "NOT changed";
      if (what.equals("topic")) {
        return topic + ": " + (fixed ? "created with " + expected : "missing");
      }
      return topic + ": " + what + " was " + actual + ", defined is " + expected + "; " + state;
    }
  }

  /**
   * Compares and, unless only checking, creates and corrects.
   *
   * @param partitions of topics that leave the number open
   * @return every difference found, in the order of the flow
   */
  public static List<Difference> apply(
      Admin admin, int partitions, short replication, boolean checkOnly)
      throws InterruptedException {
    Set<String> present = get(admin.listTopics().names());
    var differences = new ArrayList<Difference>();
    var existing = new ArrayList<Topics.Topic>();
    var created = new ArrayList<String>();
    for (Topics.Topic topic : Topics.ALL) {
      if (present.contains(topic.name())) {
        existing.add(topic);
      } else {
        differences.add(create(admin, topic, partitions, replication, checkOnly));
        created.add(topic.name());
      }
    }
    if (!checkOnly) {
      awaitVisible(admin, created);
    }
    differences.addAll(check(admin, existing, partitions, checkOnly));
    return differences;
  }

  private static Difference create(
      Admin admin, Topics.Topic topic, int partitions, short replication, boolean checkOnly)
      throws InterruptedException {
    NewTopic wanted = topic.create(partitions, replication);
    if (!checkOnly) {
      try {
        get(admin.createTopics(List.of(wanted)).all());
      } catch (TopicExistsException e) {
        // Another process was first; its definition is the same.
      }
    }
    String expected = wanted.numPartitions() + " partitions";
    return new Difference(topic.name(), "topic", expected, "missing", !checkOnly);
  }

  /** The controller knows a new topic a moment before the brokers do. */
  private static void awaitVisible(Admin admin, List<String> topics) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!get(admin.listTopics().names()).containsAll(topics)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the cluster does not show its new topics " + topics);
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static List<Difference> check(
      Admin admin, List<Topics.Topic> topics, int partitions, boolean checkOnly)
      throws InterruptedException {
    List<String> names = topics.stream().map(Topics.Topic::name).toList();
    Map<String, TopicDescription> descriptions = get(admin.describeTopics(names).allTopicNames());
    Map<ConfigResource, Config> configs =
        get(admin.describeConfigs(names.stream().map(TopicsApply::resource).toList()).all());
    var differences = new ArrayList<Difference>();
    var changes = new HashMap<ConfigResource, Collection<AlterConfigOp>>();
    for (Topics.Topic topic : topics) {
      TopicDescription description = descriptions.get(topic.name());
      Config config = configs.get(resource(topic.name()));
      if (description == null || config == null) {
        throw new IllegalStateException("the cluster did not describe topic " + topic.name());
      }
      int wanted = topic.partitions() == 0 ? partitions : topic.partitions();
      int actual = description.partitions().size();
      if (wanted != actual) {
        differences.add(
            new Difference(
                topic.name(),
                "partitions",
                Integer.toString(wanted),
                Integer.toString(actual),
                false));
      }
      topic
          .settings()
          .forEach(
              (key, value) -> {
                ConfigEntry entry = config.get(key);
                String now = entry == null ? "unset" : entry.value();
                if (!value.equals(now)) {
                  differences.add(new Difference(topic.name(), key, value, now, !checkOnly));
                  changes
                      .computeIfAbsent(resource(topic.name()), r -> new ArrayList<>())
                      .add(
                          new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET));
                }
              });
    }
    if (!checkOnly && !changes.isEmpty()) {
      get(admin.incrementalAlterConfigs(changes).all());
    }
    return differences;
  }

  private static ConfigResource resource(String topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic);
  }

  private static <T> T get(org.apache.kafka.common.KafkaFuture<T> future)
      throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("the cluster did not answer", e.getCause());
    }
  }
}
