package org.everclip.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.everclip.contracts.Clients;
import org.everclip.contracts.config.EverclipConfig;

/**
 * How far any consumer group has come in each partition.
 *
 * @param committed the largest committed offset; partitions that nobody reads are absent
 */
record ConsumedOffsets(Map<TopicPartition, Long> committed) {

  static ConsumedOffsets of(EverclipConfig config) {
    var committed = new HashMap<TopicPartition, Long>();
    try (Admin admin = Admin.create(Clients.common(config))) {
      List<String> groups =
          admin.listGroups(new ListGroupsOptions()).all().get().stream()
              .map(group -> group.groupId())
              .toList();
      var wanted = new HashMap<String, ListConsumerGroupOffsetsSpec>();
      groups.forEach(group -> wanted.put(group, new ListConsumerGroupOffsetsSpec()));
      Map<String, Map<TopicPartition, OffsetAndMetadata>> offsets =
          admin.listConsumerGroupOffsets(wanted).all().get();
      for (Map<TopicPartition, OffsetAndMetadata> group : offsets.values()) {
        group.forEach(
            (partition, offset) -> {
              if (offset != null) {
                committed.merge(partition, offset.offset(), Math::max);
              }
            });
      }
    } catch (ExecutionException e) {
      throw new CliException(
          "Kafka at "
              + config.kafka().bootstrap()
              + " does not say how far its readers are: "
              + e.getCause(),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException("interrupted", e);
    }
    return new ConsumedOffsets(committed);
  }

  /** True when every reader still has this position before it. */
  boolean isBefore(String topic, RawPositions.Position position) {
    Long at = committed.get(new TopicPartition(topic, position.partition()));
    return at == null || position.offset() >= at;
  }
}
