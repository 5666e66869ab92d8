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
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.jspecify.annotations.Nullable;

/**
 * How far any consumer group has come in each partition.
 *
 * @param committed the largest committed offset; partitions that nobody reads are absent
 * @param fetched how far the fetcher has come in the raw topic; null where it is switched off
 */
record ConsumedOffsets(
    Map<TopicPartition, Long> committed, @Nullable Map<TopicPartition, Long> fetched) {

  /** The consumer group of the fetch role, which decides the pairs that the gate leaves to it. */
  private static final String FETCHER = "everclip-fetch";

  static ConsumedOffsets of(EverclipConfig config) {
    var committed = new HashMap<TopicPartition, Long>();
    var fetched = new HashMap<TopicPartition, Long>();
    try (Admin admin = Admin.create(Clients.common(config))) {
      List<String> groups =
          admin.listGroups(new ListGroupsOptions()).all().get().stream()
              .map(group -> group.groupId())
              .toList();
      var wanted = new HashMap<String, ListConsumerGroupOffsetsSpec>();
      groups.forEach(group -> wanted.put(group, new ListConsumerGroupOffsetsSpec()));
      Map<String, Map<TopicPartition, OffsetAndMetadata>> offsets =
          admin.listConsumerGroupOffsets(wanted).all().get();
      offsets.forEach(
          (group, positions) ->
              positions.forEach(
                  (partition, offset) -> {
                    if (offset != null) {
                      (group.equals(FETCHER) ? fetched : committed)
                          .merge(partition, offset.offset(), Math::max);
                    }
                  }));
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
    return new ConsumedOffsets(committed, config.fetch().enabled() ? fetched : null);
  }

  /** True when its reader, or the fetcher of a raw record, still has this position before it. */
  boolean isBefore(String topic, RawPositions.Position position) {
    var partition = new TopicPartition(topic, position.partition());
    Long at = committed.get(partition);
    boolean waits =
        fetched != null
            && topic.equals(Topics.RAW.name())
            && position.offset() >= fetched.getOrDefault(partition, 0L);
    return at == null || position.offset() >= at || waits;
  }
}
