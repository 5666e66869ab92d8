package org.everclip.contracts;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.NewTopic;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.PairHash;
import org.everclip.contracts.avro.PipelineMetric;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.TrainingMetric;

/** Every topic, once: name, schema, partitions, size limit, retention and clean-up. */
public final class Topics {

  private static final int MIB = 1 << 20;
  private static final long FOR_EVER = -1;

  public static final Topic RAW =
      pairs("pairs.raw", ImageTextPair.getClassSchema(), 4 * MIB, "delete", "LogAppendTime");
  public static final Topic ACCEPTED =
      pairs(
          "pairs.accepted",
          AcceptedPair.getClassSchema(),
          4 * MIB + MIB / 2,
          "delete",
          "CreateTime");
  public static final Topic REJECTED =
      pairs("pairs.rejected", RejectedPair.getClassSchema(), MIB, "delete", "CreateTime");
  public static final Topic REINFORCED =
      pairs("pairs.reinforced", ReinforcedPair.getClassSchema(), 6 * MIB, "delete", "CreateTime");

  public static final Topic HASHES =
      single("pairs.hashes", PairHash.getClassSchema(), "delete", FOR_EVER);
  public static final Topic VERSIONS =
      single("models.versions", ModelEvent.getClassSchema(), "delete", FOR_EVER);
  public static final Topic EVALUATIONS =
      single("models.evaluations", EvaluationResult.getClassSchema(), "compact", FOR_EVER);
  public static final Topic TRAINING_METRICS =
      single(
          "training.metrics",
          TrainingMetric.getClassSchema(),
          "delete",
          Duration.ofDays(90).toMillis());
  public static final Topic PIPELINE_METRICS =
      single(
          "pipeline.metrics",
          PipelineMetric.getClassSchema(),
          "delete",
          Duration.ofHours(6).toMillis());

  /** The topics in the order of the flow. */
  public static final List<Topic> ALL =
      List.of(
          RAW,
          HASHES,
          ACCEPTED,
          REJECTED,
          REINFORCED,
          VERSIONS,
          EVALUATIONS,
          TRAINING_METRICS,
          PIPELINE_METRICS);

  /**
   * What brokers and clients must be able to carry: the largest record of any topic plus its frame.
   */
  public static final int MAX_REQUEST_BYTES = 6 * MIB + MIB / 2;

  private Topics() {}

  private static Topic pairs(
      String name, Schema schema, int maxBytes, String cleanup, String timestamps) {
    return new Topic(name, schema, 0, maxBytes, FOR_EVER, cleanup, timestamps);
  }

  private static Topic single(String name, Schema schema, String cleanup, long retentionMillis) {
    return new Topic(name, schema, 1, MIB, retentionMillis, cleanup, "CreateTime");
  }

  /**
   * One topic's definition.
   *
   * @param partitions 0 means the configured number
   * @param maxBytes largest record batch
   * @param retentionMillis -1 for ever
   */
  public record Topic(
      String name,
      Schema schema,
      int partitions,
      int maxBytes,
      long retentionMillis,
      String cleanup,
      String timestamps) {

    /** The schema's subject under TopicNameStrategy. */
    public String subject() {
      return name + "-value";
    }

    /** How the topic is created on a cluster with these defaults. */
    public NewTopic create(int defaultPartitions, short replication) {
      return new NewTopic(name, partitions == 0 ? defaultPartitions : partitions, replication)
          .configs(settings());
    }

    /** The topic-level settings that {@code topics apply} sets and checks. */
    public Map<String, String> settings() {
      var settings = new TreeMap<String, String>();
      settings.put("max.message.bytes", Integer.toString(maxBytes));
      settings.put("retention.ms", Long.toString(retentionMillis));
      settings.put("cleanup.policy", cleanup);
      settings.put("message.timestamp.type", timestamps);
      return settings;
    }
  }
}
