package org.everclip.reinforce;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.everclip.contracts.PairId;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.avro.StoredReinforcement;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.embedding.Bfloat16;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.RgbImage;

/** Accepted pairs with pictures of coloured blocks. */
final class TestPairs {

  private TestPairs() {}

  static AcceptedPair pair(int number) {
    return pair(number, 1, picture(number));
  }

  static AcceptedPair pair(int number, int revision, byte[] image) {
    String externalId = "n" + number;
    return AcceptedPair.newBuilder()
        .setPairId(PairId.of("test", externalId))
        .setRevision(revision)
        .setExternalId(externalId)
        .setSource("test")
        .setCaption("a drawing of thing number " + number)
        .setImage(ByteBuffer.wrap(image))
        .setWidth(40 + number % 7)
        .setHeight(48)
        .setOriginalSha256(Sha256.hex(image))
        .setImageSha256(Sha256.hex(image))
        .setPerceptualHash((long) number)
        .setFirstSeenTime(Instant.ofEpochMilli(1_700_000_000_000L + number))
        .setPeriodId("2023")
        .setSplit(number % 5 == 0 ? Split.HOLDOUT : Split.TRAIN)
        .setAttributes(Map.of())
        .setRawPosition(new RawPosition("pairs.raw", 0, (long) number))
        .build();
  }

  /** A pair that brings its reinforcement. */
  static AcceptedPair reinforced(int number) {
    var rows = ByteBuffer.wrap(Bfloat16.encode(new float[] {0.6f, 0.8f}));
    return AcceptedPair.newBuilder(pair(number))
        .setReinforcement(
            StoredReinforcement.newBuilder()
                .setCaptions(List.of(new SyntheticCaption("of others", "syn_text", "{}")))
                .setAugmentations(List.of("[[0, 0, 40, 40], [[0, 0.0]]]"))
                .setTeacherEmbeddings(
                    List.of(new TeacherEmbedding("other", 2, "bf16", rows, rows, rows)))
                .setReinforcementVersion("datacompdr-of-others")
                .setQualityScore(1f)
                .build())
        .build();
  }

  static byte[] picture(int number) {
    int width = 40 + number % 7;
    int height = 48;
    var random = new SplittableRandom(number);
    byte[] pixels = new byte[3 * width * height];
    for (int block = 0; block < 12; block++) {
      int colour = random.nextInt(1 << 24);
      int left = random.nextInt(width - 8);
      int top = random.nextInt(height - 8);
      for (int y = top; y < top + 8; y++) {
        for (int x = left; x < left + 8; x++) {
          int at = 3 * (y * width + x);
          pixels[at] = (byte) (colour >> 16);
          pixels[at + 1] = (byte) (colour >> 8);
          pixels[at + 2] = (byte) colour;
        }
      }
    }
    return ImageEncoder.png(new RgbImage(width, height, pixels));
  }
}
