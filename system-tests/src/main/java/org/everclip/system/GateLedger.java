package org.everclip.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.config.EverclipConfig;

/**
 * What a reader of committed records sees of the gate's decisions, growing while they are made. It
 * shares no code with the gate or with {@code reconcile}. For one thread.
 */
public final class GateLedger implements AutoCloseable {

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final RecordCodec<AcceptedPair> accepted;
  private final RecordCodec<RejectedPair> rejected;
  private final Set<String> decided = new HashSet<>();
  private final Map<String, Integer> acceptedByCaption = new HashMap<>();
  private final Set<String> revisions = new HashSet<>();
  private final List<String> doubles = new ArrayList<>();
  private final Map<String, Integer> outcomes = new TreeMap<>();

  public GateLedger(EverclipConfig config) {
    consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    var registry = Clients.schemaRegistry(config);
    accepted = RecordCodec.of(Topics.ACCEPTED, registry);
    rejected = RecordCodec.of(Topics.REJECTED, registry);
    List<TopicPartition> partitions =
        Stream.of(Topics.ACCEPTED, Topics.REJECTED)
            .flatMap(topic -> consumer.partitionsFor(topic.name()).stream())
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** Reads on; returns how many raw records are decided by now. */
  public int poll(Duration wait) {
    for (ConsumerRecord<byte[], byte[]> message : consumer.poll(wait)) {
      if (message.topic().equals(Topics.ACCEPTED.name())) {
        accepted(message);
      } else {
        RejectedPair pair = rejected.decode(message.value());
        if (pair != null) {
          decide(text(pair.getRawPosition()), pair.getReason().name());
        }
      }
    }
    return decided.size();
  }

  private void accepted(ConsumerRecord<byte[], byte[]> message) {
    AcceptedPair pair = accepted.decode(message.value());
    if (pair == null) {
      Header header = message.headers().lastHeader("everclip.raw-position");
      decide(header == null ? "no position" : new String(header.value(), UTF_8), "deleted");
      return;
    }
    decide(text(pair.getRawPosition()), "accepted");
    acceptedByCaption.merge(pair.getCaption(), 1, Integer::sum);
    if (!revisions.add(pair.getPairId() + "#" + pair.getRevision())) {
      doubles.add("revision " + pair.getPairId() + "#" + pair.getRevision());
    }
  }

  private void decide(String position, String outcome) {
    outcomes.merge(outcome, 1, Integer::sum);
    if (!decided.add(position)) {
      doubles.add("position " + position);
    }
  }

  Map<String, Integer> outcomes() {
    return outcomes;
  }

  /**
   * What is wrong, in words; empty when the sets are whole.
   *
   * @param acknowledged positions of the raw records
   * @param captions of each exactly one pair must be accepted
   */
  List<String> faults(Collection<String> acknowledged, Collection<String> captions) {
    var faults = new ArrayList<String>();
    var offered = new HashSet<String>(acknowledged);
    offered.stream()
        .filter(position -> !decided.contains(position))
        .forEach(
            position -> faults.add("acknowledged but neither accepted nor rejected: " + position));
    decided.stream()
        .filter(position -> !offered.contains(position))
        .forEach(position -> faults.add("decided but never acknowledged: " + position));
    doubles.forEach(twice -> faults.add("decided twice: " + twice));
    for (String caption : captions) {
      int count = acceptedByCaption.getOrDefault(caption, 0);
      if (count != 1) {
        faults.add(count + " of the copies were accepted, not one: " + caption);
      }
    }
    return faults;
  }

  private static String text(RawPosition position) {
    return position.getTopic() + ":" + position.getPartition() + ":" + position.getOffset();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
