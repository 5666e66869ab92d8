package org.everclip.formats.datacompdr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.numpy.Npz;
import org.everclip.formats.shard.ShardException;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.weights.DenseArray;
import org.everclip.formats.weights.Dtype;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DatacompDrTest {
  private static final List<Integer> TEACHERS = List.of(5, 3);

  private final DatacompDrReader reader = new DatacompDrReader(TEACHERS);

  @ParameterizedTest
  @EnumSource
  void oneCaptionerIsWrittenInThePublishedLayout(DatacompDrWriter.Encoding encoding)
      throws IOException {
    ReinforcedSample sample = sample(Map.of("syn_text", List.of("a dog", "ein H\u00fcndchen")));

    ShardSample written = new DatacompDrWriter(encoding).members(sample);

    assertThat(new String(written.members().get("syn.json"), StandardCharsets.US_ASCII))
        .isEqualTo("{\"syn_text\": [\"a dog\", \"ein H\\u00FCndchen\"]}");
    if (encoding == DatacompDrWriter.Encoding.NPZ) {
      assertThat(Npz.read(written.members().get("npz"), 1 << 20))
          .containsOnlyKeys("image_emb", "text_emb");
    }
    ShardGoldenTest.assertSame(reader.read(written), sample);
  }

  @ParameterizedTest
  @EnumSource
  void severalCaptionersHaveRowsOfTheirOwn(DatacompDrWriter.Encoding encoding) throws IOException {
    Map<String, List<String>> captions = new LinkedHashMap<>();
    captions.put("syn_text", List.of("one", "two", "three"));
    captions.put("syn_text_coca", List.of("four"));
    ReinforcedSample sample = sample(captions);

    ShardSample written = new DatacompDrWriter(encoding).members(sample);

    assertThat(new DatacompDrWriter(encoding).members(sample).members().get("paug.json"))
        .isEqualTo(written.members().get("paug.json"));
    ShardGoldenTest.assertSame(reader.read(written), sample);
  }

  @Test
  void drawnParametersSurviveBothEncodingsBitForBit() throws IOException {
    ReinforcedSample sample = sample(Map.of("syn_text", List.of("a")));
    Map<String, byte[]> members =
        new LinkedHashMap<>(
            new DatacompDrWriter(DatacompDrWriter.Encoding.NPZ).members(sample).members());
    String list = new String(members.get("paug.json"), StandardCharsets.US_ASCII);
    members.put("paug.json", bytes(list.replace("[[[", "\"[[[").replace("]]]}", "]]]\"}")));
    assertThat(new String(members.get("paug.json"), StandardCharsets.US_ASCII))
        .startsWith("{\"param_aug\": \"[[[");

    assertThat(reader.read(new ShardSample("k", members)).augmentations())
        .isEqualTo(sample.augmentations());
  }

  @ParameterizedTest
  @CsvSource({
    "syn.json, '', member syn.json is missing",
    "syn.json, '{\"other\": []}', syn_text",
    "syn.json, '{\"syn_text\": \"a\"}', a list",
    "syn.json, '{\"syn_text\": [1]}', texts",
    "syn.json, '{\"syn_text\": [\"a\"]}', expected 1 x 8",
    "syn.json, '{', not JSON",
    "paug.json, '', member paug.json is missing",
    "paug.json, '{\"param_aug\": 5}', param_aug",
    "paug.json, '{\"param_aug\": [[[0,0,5,5],[[99,0.0]]]]}', operation",
    "paug.json, '{\"param_aug\": []}', image_emb",
    "npz, '', member npz or pth.gz is missing",
    "npz, 'PK not a zip', zip"
  })
  void brokenMembersAreRefusedWithWords(String member, String content, String words) {
    Map<String, byte[]> members = members();
    if (content.isEmpty()) {
      members.remove(member);
    } else {
      members.put(member, bytes(content));
    }
    assertRefused(members, words);
  }

  @Test
  void rowsThatDoNotFitAreRefused() {
    assertRefused(withRows("image_emb", new float[] {1, 0, 0, 0, 0, 1, 0, 0}, 1, 8), "image_emb");
    assertRefused(withRows("image_emb", new float[14], 2, 7), "8 values");
    float[] loud = {1, 0, 0, 0, 0, 1.2f, 0, 0};
    assertRefused(withRows("text_emb", loud, 1, 8), "unit length");
    float[] nothing = {1, 0, 0, 0, 0, Float.NaN, 0, 0};
    assertRefused(withRows("text_emb", nothing, 1, 8), "unit length");
    assertRefused(withRows("text_emb", new float[0], 0, 8), "rows");
  }

  private Map<String, byte[]> withRows(String name, float[] values, int rows, int columns) {
    Map<String, DenseArray> arrays = new LinkedHashMap<>();
    try {
      arrays.putAll(Npz.read(members().get("npz"), 1 << 20));
    } catch (IOException broken) {
      throw new AssertionError(broken);
    }
    arrays.put(name, DenseArray.of(Dtype.F32, new long[] {rows, columns}, values));
    Map<String, byte[]> members = members();
    members.put("npz", Npz.write(arrays));
    return members;
  }

  private Map<String, byte[]> members() {
    ReinforcedSample sample = sample(Map.of("syn_text", List.of("a", "b")));
    return new LinkedHashMap<>(
        new DatacompDrWriter(DatacompDrWriter.Encoding.NPZ).members(sample).members());
  }

  private void assertRefused(Map<String, byte[]> members, String words) {
    assertThatThrownBy(() -> reader.read(new ShardSample("k", members)))
        .isInstanceOf(ShardException.class)
        .hasMessageStartingWith("sample k: ")
        .hasMessageContaining(words);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ReinforcedSample sample(Map<String, List<String>> captions) {
    Random random = new Random(9);
    List<Augmentation> augmentations =
        List.of(
            AugmentationRecipe.datacompdr().sample(90, 70, 32, random),
            AugmentationRecipe.datacompdr().sample(90, 70, 32, random));
    Map<String, Matrix> rows = new LinkedHashMap<>();
    captions.forEach((name, texts) -> rows.put(name, units(texts.size(), random)));
    return new ReinforcedSample(
        "k",
        Optional.empty(),
        Optional.of("original"),
        Optional.of("http://example.org/x.jpg"),
        augmentations,
        captions,
        units(2, random),
        units(1, random),
        rows,
        Optional.of("{\"sha256\": \"00\"}"));
  }

  /** Unit blocks whose values bfloat16 holds exactly: one of each block is plus or minus one. */
  private static Matrix units(int rows, Random random) {
    float[] values = new float[rows * 8];
    for (int row = 0; row < rows; row++) {
      values[row * 8 + random.nextInt(5)] = random.nextBoolean() ? 1 : -1;
      values[row * 8 + 5 + random.nextInt(3)] = random.nextBoolean() ? 1 : -1;
    }
    return new Matrix(rows, 8, values);
  }
}
