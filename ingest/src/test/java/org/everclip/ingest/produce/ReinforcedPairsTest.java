package org.everclip.ingest.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.StoredReinforcement;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.datacompdr.DatacompDrReader;
import org.everclip.formats.datacompdr.ReinforcedSample;
import org.everclip.formats.embedding.Bfloat16;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shards that the reference's generator wrote. */
class ReinforcedPairsTest {

  static final Path SHARDS = Path.of("../formats/src/test/resources/goldens/shards");

  private final PairFactory pairs = new PairFactory("set", false);

  @ParameterizedTest
  @ValueSource(strings = {"raygen-npz.tar", "raygen-bf16.tar", "legacy-textemb-bf16.tar"})
  void carriesWhatTheShardHoldsAndItsPixelsComeBack(String shard) throws Exception {
    List<ShardSample> samples = samples(shard);
    List<ImageTextPair> sent = pairs(read("datacompdr:" + SHARDS.resolve(shard), null));

    assertThat(sent).hasSameSizeAs(samples).isNotEmpty();
    for (int i = 0; i < sent.size(); i++) {
      ReinforcedSample expected = new DatacompDrReader(List.of(768, 768)).read(samples.get(i));
      check(sent.get(i), expected);
    }
  }

  private static void check(ImageTextPair pair, ReinforcedSample expected) {
    StoredReinforcement stored = pair.getReinforcement();
    assertThat(pair.getCaption()).isEqualTo(expected.caption().orElseThrow());
    assertThat(stored.getCaptions())
        .extracting(SyntheticCaption::getText)
        .containsExactlyElementsOf(
            expected.synthetic().values().stream().flatMap(List::stream).toList());
    TeacherEmbedding second = stored.getTeacherEmbeddings().get(1);
    assertThat(second.getTeacherId()).isEqualTo("ViT-L-14/datacomp_xl_s13b_b90k");
    float[] row = EmbeddingEncoding.BF16_PACKED.open(second.getImage(), 768).values();
    float[] golden = expected.imageEmbeddings().row(1);
    for (int i = 0; i < 768; i++) {
      assertThat(row[768 + i]).isEqualTo(Bfloat16.toFloat(Bfloat16.fromFloat(golden[768 + i])));
    }
    // As the trainer replays it, on the square, it is what the teachers saw.
    var decoder = new ImageDecoder(ImageLimits.defaults());
    RgbImage square = Preprocessing.padToSquare(decoder.decodeTrusted(pair.getImage().array()));
    RgbImage seen = decoder.decodeAsReference(expected.image().orElseThrow());
    for (int a = 0; a < expected.augmentations().size(); a++) {
      assertThat(Augmentation.parse(stored.getAugmentations().get(a)).apply(square, 224))
          .isEqualTo(expected.augmentations().get(a).apply(seen, 224));
    }
  }

  @Test
  void picturesAndCaptionsMayLieElsewhere() throws Exception {
    String published = "datacompdr:" + SHARDS.resolve("published-like-noimage.tar");

    List<ImageTextPair> joined = pairs(read(published, SHARDS.resolve("originals.tar").toString()));
    List<ImageTextPair> whole =
        pairs(read("datacompdr:" + SHARDS.resolve("legacy-textemb-bf16.tar"), null));

    assertThat(joined)
        .extracting(ImageTextPair::getCaption, ImageTextPair::getImage)
        .containsExactlyElementsOf(
            whole.stream()
                .map(
                    pair -> org.assertj.core.groups.Tuple.tuple(pair.getCaption(), pair.getImage()))
                .toList());
    assertThat(joined).allSatisfy(pair -> assertThat(pair.getReinforcement()).isNotNull());
    assertThat(read(published, null))
        .allSatisfy(
            offer ->
                assertThat(offer)
                    .asInstanceOf(InstanceOfAssertFactories.type(Offer.Skipped.class))
                    .extracting(Offer.Skipped::reason)
                    .isEqualTo("no picture"));
    assertThatThrownBy(() -> read(published, SHARDS + "/{originals,raygen-npz}.tar"))
        .isInstanceOf(Sources.UnknownSourceException.class)
        .hasMessageContaining("one shard of originals for each");
  }

  @Test
  void aPictureTurnedByItsMetadataIsSentAsTheReferenceSawIt() throws Exception {
    ShardSample sample = samples("raygen-npz.tar").get(1);
    byte[] turned = Exifs.turned(sample.image().orElseThrow());
    Offer offer = offer(withImage(sample, turned));

    ImageTextPair pair = ((Offer.Pair) offer).pair();
    RgbImage seen = new ImageDecoder(ImageLimits.defaults()).decodeAsReference(turned);
    assertThat(new ImageDecoder(ImageLimits.defaults()).decodeTrusted(turned).width())
        .isNotEqualTo(seen.width());
    assertThat(new ImageDecoder(ImageLimits.defaults()).decodeTrusted(pair.getImage().array()))
        .isEqualTo(seen);
  }

  @Test
  void whatDoesNotFitIsPassedOverAndSaysWhy() throws Exception {
    ShardSample sample = samples("raygen-npz.tar").get(1);
    byte[] small = ImageEncoder.png(RgbImage.filled(20, 20, 0x336699));

    assertThat(skipped(offer(withImage(sample, small)))).startsWith("other picture");
    assertThat(skipped(offer(without(sample, "npz")))).startsWith("not reinforced");
    assertThat(skipped(offer(with(sample, "npz", new byte[] {1, 2, 3}))))
        .startsWith("unusable reinforcement");
    assertThat(
            skipped(
                offer(
                    with(
                        sample,
                        "paug.json",
                        "{\"param_aug\": [[]]}"
                            .getBytes(java.nio.charset.StandardCharsets.UTF_8)))))
        .startsWith("unusable reinforcement");
  }

  @Test
  void teachersAreNamedWithTheLengthOfTheirRows() throws Exception {
    assertThat(ReinforcedSet.of("a:1,b/c:2:512", null).teachers())
        .containsExactly(Map.entry("a", 1), Map.entry("b/c:2", 512));
    for (String wrong : List.of("a", "a:0", ":5", "a:5,a:5", "a:5,", "a:99999")) {
      assertThatThrownBy(() -> ReinforcedSet.of(wrong, null))
          .isInstanceOf(Sources.UnknownSourceException.class)
          .hasMessageContaining("NAME:DIM");
    }
  }

  private Offer offer(ShardSample sample) {
    return new ReinforcedPairs(pairs, ReinforcedSet.published()).offer(sample, null);
  }

  private static String skipped(Offer offer) {
    var skipped = (Offer.Skipped) offer;
    return skipped.reason() + ": " + skipped.detail();
  }

  private static ShardSample with(ShardSample sample, String member, byte[] bytes) {
    var members = new LinkedHashMap<>(sample.members());
    members.put(member, bytes);
    return new ShardSample(sample.key(), members);
  }

  private static ShardSample without(ShardSample sample, String member) {
    var members = new LinkedHashMap<>(sample.members());
    members.remove(member);
    return new ShardSample(sample.key(), members);
  }

  /** Without the metadata, whose checksum is that of the picture before. */
  private static ShardSample withImage(ShardSample sample, byte[] image) {
    return with(without(sample, "json"), "jpg", image);
  }

  private List<Offer> read(String word, @org.jspecify.annotations.Nullable String originals)
      throws Exception {
    var reading =
        new Sources.Reading(
            Columns.usual(),
            null,
            ReinforcedSet.of(ReinforcedSet.PUBLISHED_TEACHERS, originals),
            note -> {});
    var offers = new ArrayList<Offer>();
    for (PairSource source : Sources.find(List.of(word), pairs, reading)) {
      try (PairSource.Offers opened = source.open()) {
        opened.forEachRemaining(offers::add);
      }
    }
    return offers;
  }

  private static List<ImageTextPair> pairs(List<Offer> offers) {
    return offers.stream().map(offer -> ((Offer.Pair) offer).pair()).toList();
  }

  private static List<ShardSample> samples(String shard) throws IOException {
    var samples = new ArrayList<ShardSample>();
    try (var reader = new WebDatasetReader(SHARDS.resolve(shard))) {
      reader.forEach(samples::add);
    }
    return samples;
  }

  /** Puts an orientation into a JPEG. */
  private static final class Exifs {

    static byte[] turned(byte[] jpeg) {
      byte[] segment = {
        (byte) 0xff,
        (byte) 0xe1,
        0,
        34,
        'E',
        'x',
        'i',
        'f',
        0,
        0,
        'M',
        'M',
        0,
        42,
        0,
        0,
        0,
        8,
        0,
        1,
        1,
        0x12,
        0,
        3,
        0,
        0,
        0,
        1,
        0,
        6,
        0,
        0,
        0,
        0,
        0,
        0
      };
      return ByteBuffer.allocate(jpeg.length + segment.length)
          .put(jpeg, 0, 2)
          .put(segment)
          .put(jpeg, 2, jpeg.length - 2)
          .array();
    }
  }
}
