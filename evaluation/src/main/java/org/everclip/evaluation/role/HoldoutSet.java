package org.everclip.evaluation.role;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.Scoring;
import org.everclip.evaluation.task.UnavailableException;

/**
 * The pairs that the gate held out, frozen at the first evaluation so that all versions are judged
 * on the same ones. A deleted pair leaves the set, which makes it another suite. Used by one
 * thread.
 */
final class HoldoutSet implements AutoCloseable {

  private static final int MINIMUM = 50;

  private final RecordCodec<AcceptedPair> codec;
  private final KafkaConsumer<String, byte[]> consumer;
  private final Path folder;
  private final Path frozen;
  private final JsonMapper json = JsonMapper.builder().build();
  private final Map<String, AcceptedPair> pairs = new TreeMap<>();

  /** Reads pairs.accepted from its beginning: the topic is the store. */
  HoldoutSet(EverclipConfig config) throws IOException {
    codec = RecordCodec.of(Topics.ACCEPTED, Clients.schemaRegistry(config));
    folder = config.inHome(config.evaluation().cacheDir());
    Files.createDirectories(folder);
    frozen = folder.resolve("holdout.json");
    consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new StringDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(Topics.ACCEPTED.name()).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** Takes in everything that was committed before this call. */
  void refresh() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      for (ConsumerRecord<String, byte[]> message : consumer.poll(Duration.ofMillis(200))) {
        AcceptedPair pair = codec.decode(message.value());
        if (pair == null || pair.getSplit() != Split.HOLDOUT) {
          pairs.remove(message.key());
        } else {
          pairs.put(message.key(), pair);
        }
      }
    }
  }

  /** The frozen set as a retrieval task; freezes it on the first call with enough pairs. */
  SampleSource source() throws UnavailableException, IOException {
    if (!Files.exists(frozen)) {
      if (pairs.size() < MINIMUM) {
        throw new UnavailableException(
            "only %d pairs are held out so far, at least %d are needed"
                .formatted(pairs.size(), MINIMUM));
      }
      Path aside = folder.resolve("holdout.json.part");
      json.writeValue(aside.toFile(), pairs.keySet());
      Files.move(aside, frozen, StandardCopyOption.ATOMIC_MOVE);
    }
    List<String> ids = Arrays.asList(json.readValue(frozen.toFile(), String[].class));
    var samples = new ArrayList<Sample.Captioned>();
    for (String id : ids) {
      AcceptedPair pair = pairs.get(id);
      if (pair != null) {
        samples.add(new Sample.Captioned(id, bytes(pair.getImage()), List.of(pair.getCaption())));
      }
    }
    if (samples.size() < MINIMUM) {
      throw new UnavailableException("only %d held-out pairs are left".formatted(samples.size()));
    }
    return new Frozen(samples);
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

  private record Frozen(List<Sample.Captioned> samples) implements SampleSource {

    @Override
    public Scoring scoring() {
      return new Scoring.Retrieval();
    }

    @Override
    public void forEach(Consumer<Sample> consumer) {
      samples.forEach(consumer);
    }

    @Override
    public String fingerprint() {
      var digest = Sha256.digest();
      for (Sample.Captioned sample : samples) {
        digest.update(sample.key().getBytes(UTF_8));
        digest.update(sample.image());
        digest.update(sample.captions().get(0).getBytes(UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest());
    }
  }
}
