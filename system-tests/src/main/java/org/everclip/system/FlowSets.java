package org.everclip.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.config.EverclipConfig;

/**
 * The sets that the flow must keep whole, read from the topics by a reader of its own: it shares no
 * code with {@code reconcile} and sees committed records only.
 *
 * @param raw positions offered
 * @param gated positions accepted or rejected by the gate
 * @param accepted (pairId, revision)
 * @param reinforced (pairId, revision, reinforcementVersion)
 * @param quarantined (pairId, revision) that the reinforcement refused
 * @param doubles whatever was there twice
 */
record FlowSets(
    Set<String> raw,
    Set<String> gated,
    Set<String> accepted,
    Set<String> reinforced,
    Set<String> quarantined,
    List<String> doubles) {

  /** Reads the topics from their beginnings to their ends of now. */
  static FlowSets read(EverclipConfig config) {
    var registry = Clients.schemaRegistry(config);
    RecordCodec<AcceptedPair> acceptedCodec = RecordCodec.of(Topics.ACCEPTED, registry);
    RecordCodec<RejectedPair> rejectedCodec = RecordCodec.of(Topics.REJECTED, registry);
    RecordCodec<ReinforcedPair> reinforcedCodec = RecordCodec.of(Topics.REINFORCED, registry);
    var sets =
        new FlowSets(
            new TreeSet<>(),
            new TreeSet<>(),
            new TreeSet<>(),
            new TreeSet<>(),
            new TreeSet<>(),
            new ArrayList<>());
    each(config, Topics.RAW, message -> sets.raw.add(position(message)));
    each(
        config,
        Topics.ACCEPTED,
        message -> {
          AcceptedPair pair = acceptedCodec.decode(message.value());
          if (pair == null) {
            // A deletion carries the position of the record that asked for it.
            var header = message.headers().lastHeader("everclip.raw-position");
            if (header != null) {
              sets.add(sets.gated, "raw", new String(header.value(), UTF_8));
            }
          } else {
            sets.add(sets.gated, "raw", position(pair.getRawPosition()));
            sets.add(sets.accepted, "accepted", pair.getPairId() + "#" + pair.getRevision());
          }
        });
    each(
        config,
        Topics.REJECTED,
        message -> {
          RejectedPair pair = rejectedCodec.decode(message.value());
          if (pair != null && pair.getStage() == RejectionStage.GATE) {
            sets.add(sets.gated, "raw", position(pair.getRawPosition()));
          } else if (pair != null && pair.getStage() == RejectionStage.REINFORCE) {
            sets.add(sets.quarantined, "refused", pair.getPairId() + "#" + pair.getRevision());
          }
        });
    each(
        config,
        Topics.REINFORCED,
        message -> {
          ReinforcedPair pair = reinforcedCodec.decode(message.value());
          if (pair != null) {
            AcceptedPair of = pair.getPair();
            sets.add(
                sets.reinforced,
                "reinforced",
                of.getPairId() + "#" + of.getRevision() + "#" + pair.getReinforcementVersion());
          }
        });
    return sets;
  }

  private void add(Set<String> set, String what, String element) {
    if (!set.add(element)) {
      doubles.add(what + " " + element);
    }
  }

  /** What is wrong, in words; empty when the sets are complete and without doubles. */
  List<String> faults() {
    var faults = new ArrayList<String>();
    difference("offered but neither accepted nor rejected", raw, gated, faults);
    difference("decided but never offered", gated, raw, faults);
    Set<String> done =
        Stream.concat(
                reinforced.stream().map(id -> id.substring(0, id.lastIndexOf('#'))),
                quarantined.stream())
            .collect(Collectors.toCollection(TreeSet::new));
    difference("accepted but not reinforced", accepted, done, faults);
    difference("reinforced but never accepted", done, accepted, faults);
    doubles.forEach(twice -> faults.add("twice: " + twice));
    return faults;
  }

  private static void difference(
      String what, Set<String> left, Set<String> right, List<String> faults) {
    left.stream().filter(id -> !right.contains(id)).forEach(id -> faults.add(what + ": " + id));
  }

  /** Sizes, for people. */
  Map<String, Integer> sizes() {
    var sizes = new TreeMap<String, Integer>();
    sizes.put("raw", raw.size());
    sizes.put("gated", gated.size());
    sizes.put("accepted", accepted.size());
    sizes.put("reinforced", reinforced.size());
    sizes.put("quarantined", quarantined.size());
    sizes.put("doubles", doubles.size());
    return sizes;
  }

  private static void each(
      EverclipConfig config,
      Topics.Topic topic,
      Consumer<ConsumerRecord<byte[], byte[]>> consumer) {
    try (var kafka =
        new KafkaConsumer<>(
            Clients.consumer(config), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          kafka.partitionsFor(topic.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      kafka.assign(partitions);
      kafka.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = kafka.endOffsets(partitions);
      Function<TopicPartition, Boolean> behind =
          partition -> kafka.position(partition) < ends.getOrDefault(partition, 0L);
      while (partitions.stream().anyMatch(behind::apply)) {
        kafka.poll(Duration.ofMillis(200)).forEach(consumer);
      }
    }
  }

  private static String position(ConsumerRecord<?, ?> message) {
    return message.topic() + ":" + message.partition() + ":" + message.offset();
  }

  private static String position(RawPosition position) {
    return position.getTopic() + ":" + position.getPartition() + ":" + position.getOffset();
  }
}
