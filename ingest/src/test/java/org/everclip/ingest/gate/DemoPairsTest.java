package org.everclip.ingest.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.PairId;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
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

/** The demo's 1,962 pairs, many of them icons of one set: only true copies may be refused as such. */
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
    List<RejectedPair> rejected = new ArrayList<>();
    try (var gate = new GateDriver(home, "gate.holdoutShare=0")) {
      Path demo =
          Path.of(System.getProperty("everclip.project", "..")).resolve("demo/train-permissive");
      for (Path shard : WebDatasetReader.expand(demo + "/*.tar")) {
        try (var samples = new WebDatasetReader(shard)) {
          for (ShardSample sample : samples) {
            ImageTextPair pair = pair(shard.getFileName() + "/" + sample.key(), sample);
            offered.put(PairId.of(pair), pair);
            gate.offer(pair);
          }
        }
      }
      rejected.addAll(gate.rejected());
    }

    assertThat(offered).hasSize(PAIRS);
    var distinct = new ArrayList<String>();
    for (RejectedPair refused : rejected) {
      if (refused.getReason() != RejectionReason.IMAGE_TOO_SMALL) {
        assertThat(refused.getReason())
            .isIn(RejectionReason.DUPLICATE_NEAR, RejectionReason.DUPLICATE_EXACT);
        if (!same(offered, refused)) {
          distinct.add(refused.toString());
        }
      }
    }
    assertThat(distinct).hasSizeLessThanOrEqualTo(PAIRS / 1000);
  }

  private static ImageTextPair pair(String id, ShardSample sample) {
    String caption =
        new String(sample.member("txt").orElseThrow(), java.nio.charset.StandardCharsets.UTF_8);
    return GateDriver.pair(id, caption, sample.image().orElseThrow()).build();
  }

  /** By a yardstick of its own: the whole pictures side by side, and the words. */
  private static boolean same(Map<String, ImageTextPair> offered, RejectedPair refused) {
    ImageTextPair second = offered.get(refused.getPairId());
    ImageTextPair first = offered.get(refused.getDuplicateOf());
    double rms = Thumbnail.rms(pixels(first), pixels(second));
    System.out.printf(
        "%s %s = %s: %.1f levels, \"%s\"%n",
        refused.getReason(),
        second.getExternalId(),
        first.getExternalId(),
        rms,
        first.getCaption().strip());
    return rms < SAME_PICTURE && first.getCaption().strip().equals(second.getCaption().strip());
  }

  private static byte[] pixels(ImageTextPair pair) {
    RgbImage image = ((Decoded) DECODER.decode(Inspector.bytes(pair.getImage()))).image();
    return Resampler.resize(image, 64, 64, Filter.BILINEAR).pixels();
  }
}
