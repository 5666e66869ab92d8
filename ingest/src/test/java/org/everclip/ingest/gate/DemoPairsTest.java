package org.everclip.ingest.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.everclip.contracts.PairId;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Resampler;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.image.Thumbnail;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The demo's 1,962 pairs, many of them icons of one set: only true copies may be refused as such.
 */
class DemoPairsTest {

  private static final int PAIRS = 1962;

  /** Levels at 64x64 pixels: what encoding or drawing again changes. */
  private static final double SAME_PICTURE = 6;

  private static final ImageDecoder DECODER =
      new ImageDecoder(new ImageLimits(4 << 20, 4096, 1 << 24, 1, 100));

  @TempDir Path home;

  @Test
  void refusesOnlyWhatIsTheSamePictureWithTheSameCaption() throws IOException {
    var offered = new HashMap<String, ImageTextPair>();
    var distinct = new ArrayList<String>();
    EverclipConfig config = GateDriver.config(home, "gate.holdoutShare=0");
    var inspector = new Inspector(config.limits(), config.gate(), EvaluationHashes.none());
    KeyValueStore<Bytes, byte[]> entries = Stores.inMemoryKeyValueStore("index").get();
    KeyValueStore<Bytes, byte[]> lookups = Stores.inMemoryKeyValueStore("lookups").get();
    var index =
        new HashIndex(
            entries,
            lookups,
            RecordCodec.of(Topics.HASHES, new MockSchemaRegistryClient()),
            config.gate());
    for (Path shard : WebDatasetReader.expand(demo() + "/*.tar")) {
      try (var samples = new WebDatasetReader(shard)) {
        for (ShardSample sample : samples) {
          ImageTextPair pair = pair(shard.getFileName() + "/" + sample.key(), sample);
          offered.put(PairId.of(pair), pair);
          var position = new RawPosition("pairs.raw", 0, (long) offered.size());
          Inspection inspection = inspector.inspect(pair, position, GateDriver.ARRIVAL);
          if (inspection instanceof Inspection.Passed passed) {
            Verdict verdict = index.offer(passed.fingerprint());
            if (verdict.kind() != Verdict.Kind.UNIQUE
                && !same(offered.get(verdict.other()), pair)) {
              distinct.add(pair.getExternalId() + " " + verdict);
            }
          } else if (inspection instanceof Inspection.Refused refused) {
            assertThat(refused.reason()).isEqualTo(RejectionReason.IMAGE_TOO_SMALL);
          }
        }
      }
    }
    assertThat(offered).hasSize(PAIRS);
    assertThat(distinct).hasSizeLessThanOrEqualTo(PAIRS / 1000);
  }

  private static Path demo() {
    return Path.of(System.getProperty("everclip.project", "..")).resolve("demo/train-permissive");
  }

  private static ImageTextPair pair(String id, ShardSample sample) {
    String caption =
        new String(sample.member("txt").orElseThrow(), java.nio.charset.StandardCharsets.UTF_8);
    return GateDriver.pair(id, caption, sample.image().orElseThrow()).build();
  }

  /** By a yardstick of its own: the whole pictures side by side, and the words. */
  private static boolean same(ImageTextPair first, ImageTextPair second) {
    double rms = Thumbnail.rms(pixels(first), pixels(second));
    System.out.printf(
        "%s is %s again: %.1f levels, \"%s\"%n",
        second.getExternalId(), first.getExternalId(), rms, first.getCaption().strip());
    return rms < SAME_PICTURE && first.getCaption().strip().equals(second.getCaption().strip());
  }

  private static byte[] pixels(ImageTextPair pair) {
    RgbImage image = ((Decoded) DECODER.decode(Inspector.bytes(pair.getImage()))).image();
    return Resampler.resize(image, 64, 64, Filter.BILINEAR).pixels();
  }
}
