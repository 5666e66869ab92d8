package org.everclip.reinforce.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.everclip.contracts.PairId;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.datacompdr.DatacompDrReader;
import org.everclip.formats.datacompdr.PairFacts;
import org.everclip.formats.datacompdr.ReinforcedSample;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.everclip.formats.shard.WebDatasetWriter;
import org.everclip.reinforce.FilePrograms;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class ReinforceFileTest {

  @TempDir private static Path program;

  @TempDir private Path folder;

  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  @BeforeAll
  static void models() throws IOException {
    FilePrograms.write(program);
  }

  @Test
  void aShardBecomesAReinforcedShardWhosePixelsAndPairsAreTheStreams() throws Exception {
    shard("a.tar", samples(0, 9));

    FilesRun run = run("out", "*.tar");

    assertThat(run.code()).as(run.err()).isZero();
    Map<String, ShardSample> shard = read("out/a.tar");
    assertThat(shard.keySet()).containsExactlyElementsOf(keys(0, 9));
    for (int number = 0; number < 9; number++) {
      AcceptedPair pair = FilePrograms.pair(number);
      ShardSample members = shard.get("n" + number);
      ReinforcedSample sample = sample(members);
      assertThat(members.members().keySet())
          .containsOnlyOnce("json", "txt", "paug.json", "syn.json", "pth.gz", "png");
      assertThat(sample.caption()).contains(pair.getCaption());
      assertThat(sample.synthetic().get("syn_text")).hasSize(3);
      assertThat(sample.imageEmbeddings().rows()).isEqualTo(2);

      // The stream draws by the pair's id, on the picture padded to a square.
      RgbImage square = Preprocessing.padToSquare(decoder.decodeTrusted(pair.getImage().array()));
      RgbImage exported = decoder.decodeAsReference(sample.image().orElseThrow());
      String id = PairId.of("test", "n" + number);
      for (int a = 0; a < 2; a++) {
        Augmentation drawn =
            new AugmentationRecipe(0.6, 1, 0.75, 1.25, true, 1, 5, 0.5)
                .sample(square.width(), square.height(), 64, AugmentationRecipe.seeded(id, 1, a));
        assertThat(sample.augmentations().get(a).apply(exported, 64))
            .isEqualTo(drawn.apply(square, 64));
      }
    }
    JsonNode config = new JsonMapper().readTree(folder.resolve("out/config.json").toFile());
    assertThat(config.path("model_name").asText()).isEqualTo("conv,vit");
    assertThat(config.path("num_samples").asInt()).isEqualTo(2);
    assertThat(Files.readString(folder.resolve("out/manifest.jsonl")))
        .isEqualTo("{\"shard\":\"a\",\"num_uids\":9}\n");
  }

  @Test
  void batchesAndOrderChangeNothing() throws Exception {
    List<ShardSample> samples = samples(0, 12);
    shard("a.tar", samples);
    Collections.shuffle(samples, new Random(1));
    shard("more/a.tar", samples.subList(0, 5));
    shard("more/b.tar", samples.subList(5, 12));

    assertThat(run("one", "*.tar").code()).isZero();
    FilesRun other = run("two", "more/*.tar", "--set", "reinforce.batchPairs=3");

    assertThat(other.code()).as(other.err()).isZero();
    Map<String, ShardSample> two = new TreeMap<>(read("two/a.tar"));
    two.putAll(read("two/b.tar"));
    // Every byte: parameters, captions, embeddings, scores.
    assertThat(bytes(two)).isEqualTo(bytes(new TreeMap<>(read("one/a.tar"))));
  }

  @Test
  void theSameLineGoesOnAndChangesNothing() throws Exception {
    shard("a.tar", samples(0, 3));
    shard("b.tar", samples(3, 6));
    assertThat(run("out", "*.tar").code()).isZero();
    byte[] first = Files.readAllBytes(folder.resolve("out/a.tar"));
    byte[] second = Files.readAllBytes(folder.resolve("out/b.tar"));
    Files.delete(folder.resolve("out/b.tar"));
    // What a killed process leaves.
    Files.write(folder.resolve("out/b.tar.999999999.part"), new byte[] {1});

    FilesRun again = run("out", "*.tar", "--json");

    assertThat(again.code()).as(again.err()).isZero();
    assertThat(again.out()).contains("\"doneBefore\":1", "\"done\":1", "\"reinforced\":3");
    assertThat(Files.readAllBytes(folder.resolve("out/a.tar"))).isEqualTo(first);
    assertThat(Files.readAllBytes(folder.resolve("out/b.tar"))).isEqualTo(second);
    assertThat(folder.resolve("out/b.tar.999999999.part")).doesNotExist();

    FilesRun otherLayout = run("out", "*.tar", "--encoding", "npz");
    assertThat(otherLayout.code()).isEqualTo(2);
    assertThat(otherLayout.err()).contains("name another --out");
  }

  @Test
  void whatCannotBeReinforcedIsListedAndADamagedShardGivesNothing() throws Exception {
    List<ShardSample> samples = samples(0, 2);
    samples.add(new ShardSample("bad", Map.of("jpg", new byte[] {1}, "txt", "x".getBytes(UTF_8))));
    samples.add(new ShardSample("mute", Map.of("png", samples.get(0).image().orElseThrow())));
    shard("a.tar", samples);
    shard("b.tar", samples(2, 6));
    byte[] cut = Files.readAllBytes(folder.resolve("b.tar"));
    Files.write(folder.resolve("b.tar"), Arrays.copyOf(cut, cut.length / 2));

    FilesRun run = run("out", "*.tar", "--encoding", "npz", "--parameters", "text");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("b.tar");
    assertThat(folder.resolve("out/b.tar")).doesNotExist();
    Map<String, ShardSample> shard = read("out/a.tar");
    assertThat(shard).containsOnlyKeys("n0", "n1");
    assertThat(new String(shard.get("n0").member("paug.json").orElseThrow(), UTF_8))
        .startsWith("{\"param_aug\": \"[[[");
    assertThat(sample(shard.get("n0")).imageEmbeddings().rows()).isEqualTo(2);
    assertThat(Files.readAllLines(folder.resolve("out/a.tar.refused.jsonl")))
        .satisfiesExactly(
            line -> assertThat(line).contains("\"bad\"", "picture"),
            line -> assertThat(line).contains("\"mute\"", "no caption"));
  }

  private FilesRun run(String out, String pattern, String... more) {
    var arguments = new ArrayList<String>();
    arguments.addAll(List.of("--data", folder.resolve(pattern).toString()));
    arguments.addAll(List.of("--out", folder.resolve(out).toString()));
    arguments.addAll(List.of("--recipe", program.resolve("recipe.yaml").toString()));
    arguments.addAll(List.of("--home", folder.resolve("home").toString()));
    arguments.addAll(List.of("--source-name", "test", "--set", "reinforce.batchWait=PT0.02S"));
    arguments.addAll(List.of(more));
    return FilesRun.of(new ReinforceFileMain(), arguments.toArray(String[]::new));
  }

  private void shard(String name, List<ShardSample> samples) throws IOException {
    try (var writer = new WebDatasetWriter(folder.resolve(name))) {
      for (ShardSample sample : samples) {
        writer.write(sample);
      }
    }
  }

  private Map<String, ShardSample> read(String name) throws IOException {
    var samples = new LinkedHashMap<String, ShardSample>();
    try (var reader = new WebDatasetReader(folder.resolve(name))) {
      reader.forEach(sample -> samples.put(sample.key(), sample));
    }
    return samples;
  }

  private static ReinforcedSample sample(ShardSample members) throws IOException {
    PairFacts facts = PairFacts.parse(members.member("json").orElseThrow()).orElseThrow();
    return new DatacompDrReader(facts.teachers().stream().map(PairFacts.Teacher::dim).toList())
        .read(members);
  }

  private static List<ShardSample> samples(int from, int to) {
    var samples = new ArrayList<ShardSample>();
    for (int number = from; number < to; number++) {
      AcceptedPair pair = FilePrograms.pair(number);
      samples.add(
          new ShardSample(
              "n" + number,
              Map.of("png", pair.getImage().array(), "txt", pair.getCaption().getBytes(UTF_8))));
    }
    return samples;
  }

  private static List<String> keys(int from, int to) {
    return java.util.stream.IntStream.range(from, to).mapToObj(number -> "n" + number).toList();
  }

  private static Map<String, String> bytes(Map<String, ShardSample> shard) {
    var bytes = new TreeMap<String, String>();
    shard.forEach(
        (key, sample) ->
            sample
                .members()
                .forEach(
                    (name, content) ->
                        bytes.put(key + "." + name, org.everclip.contracts.Sha256.hex(content))));
    return bytes;
  }
}
