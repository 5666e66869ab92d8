package org.everclip.evaluation.holdout;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.AtomicFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows {@code pairs.accepted} and keeps what is held out: an index in memory and in a file,
 * pictures on disk. A restart goes on where the file ends; without the folder everything is read
 * again and gives the same sets. Used by one thread.
 */
public final class HeldOutPairs implements AutoCloseable {

  /** The name of the set of all periods. */
  public static final String ALL = HeldOutIndex.ALL;

  private static final Logger log = LoggerFactory.getLogger(HeldOutPairs.class);
  private static final Duration POLL = Duration.ofMillis(200);

  private final RecordCodec<AcceptedPair> codec;
  private final KafkaConsumer<String, byte[]> consumer;
  private final HeldOutIndex index;
  private final Pictures pictures;
  private final Path file;
  private final JsonMapper json = JsonMapper.builder().build();
  private boolean removed;

  /**
   * Opens the folder {@code holdout} of the evaluator's cache.
   *
   * @param cuts of the sets that are frozen already, by period
   */
  public HeldOutPairs(EverclipConfig config, Map<String, Map<Integer, Long>> cuts)
      throws IOException {
    int samples = config.evaluation().holdoutSamples();
    codec = RecordCodec.of(Topics.ACCEPTED, Clients.schemaRegistry(config));
    Path folder = config.inHome(config.evaluation().cacheDir()).resolve("holdout");
    Files.createDirectories(folder);
    pictures = new Pictures(folder.resolve("pictures"));
    file = folder.resolve("index-" + samples + ".json");
    index = new HeldOutIndex(samples);
    cuts.forEach(index::freeze);
    if (Files.exists(file)) {
      index.restore(json.readValue(file.toFile(), HeldOutIndex.State.class));
    }
    consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new StringDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(Topics.ACCEPTED.name()).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
    for (TopicPartition partition : partitions) {
      long known = index.positions().getOrDefault(partition.partition(), 0L);
      if (known > starts.getOrDefault(partition, 0L)) {
        consumer.seek(partition, known);
      }
    }
  }

  /** Takes in everything that was committed before this call. */
  public void refresh() throws IOException {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    boolean changed = false;
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      for (ConsumerRecord<String, byte[]> message : consumer.poll(POLL)) {
        take(message);
        changed = true;
      }
    }
    for (TopicPartition partition : consumer.assignment()) {
      index.position(partition.partition(), consumer.position(partition));
    }
    if (changed) {
      save();
    }
  }

  private void take(ConsumerRecord<String, byte[]> message) throws IOException {
    removed |= index.gone(message.key(), message.offset());
    AcceptedPair pair = decode(message);
    if (pair == null || pair.getSplit() != Split.HOLDOUT) {
      return;
    }
    var entry =
        new HeldOut(
            message.key(),
            message.partition(),
            message.offset(),
            -1,
            pair.getPeriodId(),
            pair.getCaption(),
            "");
    if (index.wants(entry)) {
      removed |= index.add(entry.image(pictures.store(bytes(pair.getImage()))));
    }
  }

  private @Nullable AcceptedPair decode(ConsumerRecord<String, byte[]> message) {
    try {
      return codec.decode(message.value());
    } catch (MalformedRecordException e) {
      log.warn(
          "{}/{}@{} is passed over: {}",
          message.topic(),
          message.partition(),
          message.offset(),
          e.getMessage());
      return null;
    }
  }

  /** The index first, then the pictures that it no longer names. */
  private void save() throws IOException {
    Path aside = AtomicFile.aside(file);
    json.writeValue(aside.toFile(), index.state());
    AtomicFile.publish(aside, file);
    if (removed) {
      pictures.keepOnly(index.images());
      removed = false;
    }
  }

  /** How many pairs of a period are there now, in the order of time; of all under {@link #ALL}. */
  public Map<String, Integer> counts() {
    return index.counts();
  }

  /** Where each partition ended at the last refresh: what a set that is frozen now consists of. */
  public Map<Integer, Long> cut() {
    return new TreeMap<>(index.positions());
  }

  /** Freezes a period's set, or that of {@link #ALL}. */
  public void freeze(String period, Map<Integer, Long> cut) {
    index.freeze(period, cut);
  }

  /** The sets that are frozen, in the order of time. */
  public List<String> frozenSets() {
    return index.frozen();
  }

  /** A set that was frozen. */
  public FrozenHoldout frozen(String period) {
    return new FrozenHoldout(index.members(period), pictures);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
