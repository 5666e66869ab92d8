package org.everclip.dashboard.feed;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.Vectors.Place;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pairs by their id: of the newest, or read again from {@code pairs.reinforced} by the place that
 * the vectors know. So what can be searched may be far more than what is kept. Thread-safe, one
 * read at a time; owns its consumer.
 */
public final class StoredPairs implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(StoredPairs.class);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final int REMEMBERED = 48;

  private final EverclipConfig config;
  private final ReadModel model;
  private final LinkedHashMap<Place, ReinforcedPair> recent =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, ReinforcedPair> eldest) {
          return size() > REMEMBERED;
        }
      };
  private @Nullable KafkaConsumer<byte[], byte[]> consumer;
  private @Nullable RecordCodec<ReinforcedPair> codec;
  private boolean closed;

  public StoredPairs(EverclipConfig config, ReadModel model) {
    this.config = config;
    this.model = model;
  }

  /** Empty when the pair is neither kept nor to be found in the topic, or deleted. */
  public Optional<ReinforcedPair> find(String pairId) {
    Optional<ReinforcedPair> kept = model.sample(pairId);
    if (kept.isPresent()) {
      return kept;
    }
    return model
        .vectors()
        .place(pairId)
        .map(this::read)
        .filter(pair -> pair.getPair().getPairId().equals(pairId));
  }

  private synchronized @Nullable ReinforcedPair read(Place place) {
    ReinforcedPair known = recent.get(place);
    if (known != null || closed) {
      return known;
    }
    try {
      ReinforcedPair found = fetch(place);
      if (found != null) {
        recent.put(place, found);
      }
      return found;
    } catch (KafkaException | MalformedRecordException | java.io.UncheckedIOException e) {
      log.debug("{} cannot be read", place, e);
      return null;
    }
  }

  private @Nullable ReinforcedPair fetch(Place place) {
    if (consumer == null || codec == null) {
      Properties reading = Clients.consumer(config);
      reading.put("max.poll.records", "1");
      reading.put("max.partition.fetch.bytes", "1");
      reading.put("default.api.timeout.ms", Long.toString(PATIENCE.toMillis()));
      consumer =
          new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      codec = RecordCodec.of(Topics.REINFORCED, Clients.schemaRegistry(config));
    }
    var partition = new TopicPartition(Topics.REINFORCED.name(), place.partition());
    consumer.assign(List.of(partition));
    consumer.seek(partition, place.offset());
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(PATIENCE)) {
      return record.offset() == place.offset() ? codec.decode(record.value()) : null;
    }
    return null;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (consumer != null) {
      consumer.close();
    }
  }
}
