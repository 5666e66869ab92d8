package org.everclip.reinforce.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.formats.shard.WebDatasetWriter;
import org.jspecify.annotations.Nullable;

/**
 * Selected records as shards of equal size, named by number as the published sets are. Shards that
 * are there already are passed over. For one thread.
 */
final class ExportShards implements AutoCloseable {

  private final Path folder;
  private final int shardPairs;
  private final long pairs;
  private final PairSamples samples;
  private final RecordCodec<ReinforcedPair> codec;
  private final Map<Integer, Set<Long>> offsets;
  private final Rate rate;
  private @Nullable WebDatasetWriter writer;
  private boolean there;
  private long passed;

  /**
   * Prepares.
   *
   * @param pairs of all offsets
   */
  ExportShards(
      Path folder,
      int shardPairs,
      long pairs,
      PairSamples samples,
      RecordCodec<ReinforcedPair> codec,
      Map<Integer, Set<Long>> offsets,
      Rate rate) {
    this.folder = folder;
    this.shardPairs = shardPairs;
    this.pairs = pairs;
    this.samples = samples;
    this.codec = codec;
    this.offsets = offsets;
    this.rate = rate;
  }

  static String name(long number) {
    return "%08d.tar".formatted(number);
  }

  /** Writes the record if it is selected; always true. */
  boolean take(ConsumerRecord<String, byte[]> entry) throws IOException {
    if (!offsets.getOrDefault(entry.partition(), Set.of()).contains(entry.offset())) {
      return true;
    }
    if (passed % shardPairs == 0) {
      close();
      Path shard = folder.resolve(name(passed / shardPairs));
      there = Files.exists(shard);
      if (!there) {
        ShardWork.removeRemains(shard);
        writer = new WebDatasetWriter(shard);
      }
    }
    if (writer != null && !there) {
      ReinforcedPair pair = codec.decode(entry.value());
      if (pair == null) {
        throw new AssertionError("only null decodes to null");
      }
      boolean whole = false;
      try {
        writer.write(samples.sample(pair.getPair().getPairId(), pair));
        whole = true;
      } finally {
        if (!whole) {
          abandon();
        }
      }
    }
    passed++;
    rate.show("exporting " + pairs, passed);
    return true;
  }

  /** Nothing of the shard at hand will appear. */
  void abandon() {
    if (writer != null) {
      writer.abandon();
    }
  }

  @Override
  public void close() throws IOException {
    if (writer != null) {
      writer.close();
      writer = null;
    }
  }
}
