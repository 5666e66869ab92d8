package org.everclip.system;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.config.EverclipConfig;

/**
 * What a reader of committed records sees of the reinforcement, growing while it is made. It shares
 * no code with the job or with {@code reconcile}. For one thread.
 */
public final class ReinforcedLedger implements AutoCloseable {

  private final KafkaConsumer<String, byte[]> consumer;
  private final RecordCodec<ReinforcedPair> codec;
  private final Set<String> pairs = new HashSet<>();
  private final Set<String> unique = new HashSet<>();
  private final Set<String> versions = new HashSet<>();
  private final List<String> doubles = new ArrayList<>();
  private int refused;
  private long lastArrival = System.nanoTime();
  private long longestStall;

  public ReinforcedLedger(EverclipConfig config) {
    consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new StringDeserializer(), new ByteArrayDeserializer());
    codec = RecordCodec.of(Topics.REINFORCED, Clients.schemaRegistry(config));
    List<TopicPartition> partitions =
        Stream.of(Topics.REINFORCED, Topics.REJECTED)
            .flatMap(topic -> consumer.partitionsFor(topic.name()).stream())
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** Reads on; returns how many records have been reinforced or refused by now. */
  public int poll(Duration wait) {
    for (ConsumerRecord<String, byte[]> message : consumer.poll(wait)) {
      if (message.topic().equals(Topics.REJECTED.name())) {
        refused++;
        continue;
      }
      ReinforcedPair pair = codec.decode(message.value());
      if (pair == null) {
        continue;
      }
      long now = System.nanoTime();
      longestStall = Math.max(longestStall, now - lastArrival);
      lastArrival = now;
      String id = pair.getPair().getPairId();
      pairs.add(id);
      versions.add(pair.getReinforcementVersion());
      String key = id + "#" + pair.getPair().getRevision() + "#" + pair.getReinforcementVersion();
      if (!unique.add(key)) {
        doubles.add(key);
      }
    }
    return unique.size() + refused;
  }

  /** The pairIds that have been reinforced. */
  public Set<String> pairs() {
    return pairs;
  }

  /** Whatever came twice, as pairId#revision#reinforcementVersion. */
  public List<String> doubles() {
    return doubles;
  }

  /** The reinforcementVersions that were seen. */
  public Set<String> versions() {
    return versions;
  }

  public int refused() {
    return refused;
  }

  /** The longest time without a record since the last call, the wait that is going on included. */
  public Duration longestStall() {
    Duration stall = Duration.ofNanos(Math.max(longestStall, System.nanoTime() - lastArrival));
    longestStall = 0;
    return stall;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
