package org.everclip.formats.datacompdr;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.everclip.formats.Goldens;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shards that the reference's writer made, against what the reference's reader saw in them. */
class ShardGoldenTest {
  private static final JsonNode GOLDENS = Goldens.json("goldens/shards.json");
  private static final JsonMapper JSON = new JsonMapper();

  private final DatacompDrReader reader = new DatacompDrReader(List.of(768, 768));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "raygen-npz.tar",
        "raygen-bf16.tar",
        "legacy-textemb-bf16.tar",
        "published-like-noimage.tar",
        "originals.tar"
      })
  void givesTheMembersOfTheReference(String shard) throws IOException {
    Map<String, JsonNode> expected = new LinkedHashMap<>();
    GOLDENS
        .get("shards")
        .get(shard)
        .get("members")
        .forEach(m -> expected.put(m.get("name").asText(), m));

    Map<String, byte[]> found = new LinkedHashMap<>();
    for (ShardSample sample : samples(shard)) {
      sample.members().forEach((name, bytes) -> found.put(sample.key() + "." + name, bytes));
    }

    assertThat(found.keySet()).containsExactlyElementsOf(expected.keySet());
    found.forEach(
        (name, bytes) ->
            assertThat(Goldens.sha256(bytes)).isEqualTo(expected.get(name).get("sha256").asText()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "raygen-npz.tar",
        "raygen-bf16.tar",
        "legacy-textemb-bf16.tar",
        "published-like-noimage.tar"
      })
  void readsEverySampleToTheReferencesValues(String shard) throws IOException {
    List<ShardSample> samples = samples(shard);
    JsonNode goldens = GOLDENS.get("shards").get(shard).get("samples");
    assertThat(samples).hasSize(goldens.size()).isNotEmpty();
    for (int i = 0; i < samples.size(); i++) {
      assertThat(DatacompDrReader.isReinforced(samples.get(i))).isTrue();
      check(reader.read(samples.get(i)), goldens.get(i));
    }
  }

  private static void check(ReinforcedSample sample, JsonNode golden) throws IOException {
    assertThat(sample.key()).isEqualTo(golden.get("key").asText());
    assertThat(sample.caption().orElse("")).isEqualTo(golden.path("txt").asText());
    assertThat(sample.url()).contains(golden.get("url.txt").asText());
    assertThat(JSON.readTree(sample.rest().orElseThrow())).isEqualTo(golden.get("json"));
    List<String> captions = new ArrayList<>();
    golden.get("syn.json").get("syn_text").forEach(caption -> captions.add(caption.asText()));
    assertThat(sample.synthetic()).containsOnlyKeys("syn_text").containsValue(captions);

    JsonNode parameters = golden.get("paug.json").get("param_aug");
    JsonNode list = parameters.isTextual() ? JSON.readTree(parameters.asText()) : parameters;
    assertThat(sample.augmentations()).hasSize(list.size());
    for (int i = 0; i < list.size(); i++) {
      assertThat(JSON.readTree(sample.augmentations().get(i).toJson())).isEqualTo(list.get(i));
    }
    checkRows(sample, golden.path(golden.has("npz") ? "npz" : "pth.gz"));
    if (golden.has("replayed_at_64")) {
      RgbImage image =
          new ImageDecoder(ImageLimits.defaults()).decodeAsReference(sample.image().orElseThrow());
      assertThat(Goldens.sha256(image.pixels()))
          .isEqualTo(golden.get("jpg_decoded").get("sha256_rgb").asText());
      for (int i = 0; i < list.size(); i++) {
        Augmentation augmentation = sample.augmentations().get(i);
        assertThat(Goldens.sha256(augmentation.apply(image, 64).pixels()))
            .isEqualTo(golden.get("replayed_at_64").get(i).asText());
      }
    }
  }

  private static void checkRows(ReinforcedSample sample, JsonNode arrays) {
    Matrix synthetic = sample.syntheticEmbeddings().get("syn_text");
    checkDigest(sample.imageEmbeddings(), arrays.get("image_emb"));
    if (arrays.has("syn_text_emb")) {
      checkDigest(sample.captionEmbedding(), arrays.get("text_emb"));
      checkDigest(synthetic, arrays.get("syn_text_emb"));
    } else {
      checkDigest(sample.captionEmbedding().above(synthetic), arrays.get("text_emb"));
    }
  }

  private static void checkDigest(Matrix matrix, JsonNode golden) {
    assertThat(matrix.rows()).isEqualTo(golden.get("shape").get(0).asInt());
    ByteBuffer bytes =
        ByteBuffer.allocate(4 * matrix.values().length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(matrix.values());
    assertThat(Goldens.sha256(bytes.array()))
        .isEqualTo(golden.get("sha256_of_values_as_le_float32").asText());
  }

  /** The reference's loader drew one augmentation and one synthetic caption of each sample. */
  @Test
  void theRowsThatTheReferenceTrainedOnAreWhereTheReaderFindsThem() throws IOException {
    var loaded = GOLDENS.get("reference_loader_accepts").properties();
    assertThat(loaded).hasSize(3);
    for (Map.Entry<String, JsonNode> shard : loaded) {
      List<ShardSample> samples = samples(shard.getKey());
      for (int i = 0; i < samples.size(); i++) {
        ReinforcedSample sample = reader.read(samples.get(i));
        JsonNode row = shard.getValue().get(i);
        assertThat(sample.captionEmbedding().row(0))
            .startsWith(
                row.get("text_emb_first2").get(0).floatValue(),
                row.get("text_emb_first2").get(1).floatValue());
        Matrix images = sample.imageEmbeddings();
        assertThat(rowOf(images, row.get("image_emb_first2"))).isNotNegative();
        int caption =
            rowOf(sample.syntheticEmbeddings().get("syn_text"), row.get("syn_text_emb_first2"));
        assertThat(sample.synthetic().get("syn_text").get(caption))
            .hasSize(row.get("syn_len").asInt());
      }
    }
  }

  private static int rowOf(Matrix matrix, JsonNode first) {
    for (int row = 0; row < matrix.rows(); row++) {
      if (matrix.row(row)[0] == first.get(0).floatValue()
          && matrix.row(row)[1] == first.get(1).floatValue()) {
        return row;
      }
    }
    return -1;
  }

  @Test
  void parametersAndCaptionsAreWrittenByteForByteAsTheReferenceDoes() throws IOException {
    for (String shard :
        List.of(
            "raygen-npz.tar",
            "raygen-bf16.tar",
            "legacy-textemb-bf16.tar",
            "published-like-noimage.tar")) {
      for (ShardSample sample : samples(shard)) {
        var encoding =
            sample.members().containsKey("npz")
                ? DatacompDrWriter.Encoding.NPZ
                : DatacompDrWriter.Encoding.PTH_GZ;

        boolean text =
            JSON.readTree(sample.member("paug.json").orElseThrow()).path("param_aug").isTextual();
        var parameters = text ? DatacompDrWriter.Parameters.TEXT : DatacompDrWriter.Parameters.LIST;

        ShardSample written =
            new DatacompDrWriter(encoding, parameters).members(reader.read(sample));

        assertThat(written.members().keySet()).containsExactlyElementsOf(sample.members().keySet());
        written
            .members()
            .forEach(
                (name, bytes) -> {
                  if (!name.equals("npz") && !name.equals("pth.gz")) {
                    assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
                        .as(name)
                        .isEqualTo(
                            new String(sample.members().get(name), StandardCharsets.ISO_8859_1));
                  }
                });
        assertSame(reader.read(written), reader.read(sample));
      }
    }
  }

  static void assertSame(ReinforcedSample one, ReinforcedSample two) {
    assertThat(one).usingRecursiveComparison().isEqualTo(two);
  }

  static List<ShardSample> samples(String shard) throws IOException {
    List<ShardSample> samples = new ArrayList<>();
    try (WebDatasetReader tar = new WebDatasetReader(Goldens.path("goldens/shards/" + shard))) {
      tar.forEach(samples::add);
      assertThat(tar.skipped()).isEmpty();
    }
    return samples;
  }
}
