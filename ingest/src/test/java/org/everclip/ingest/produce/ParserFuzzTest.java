package org.everclip.ingest.produce;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.everclip.ingest.Fuzzer;
import org.everclip.ingest.gate.Pictures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged lists, metadata and shards: each is read or refused, none fails otherwise. */
class ParserFuzzTest {

  private static final List<byte[]> TOKENS =
      Stream.of(
              "\"",
              "\"\"",
              ",",
              "\t",
              "\r\n",
              "\n",
              "{",
              "}",
              "[",
              "]",
              ":",
              "\\u",
              "\\ud800",
              "null",
              "1e999",
              "-0",
              "url",
              "caption",
              "externalId",
              "image",
              "eventTime",
              "attributes",
              "\u0000",
              "\ufeff",
              "9999999999999999999999",
              "operation")
          .map(token -> token.getBytes(UTF_8))
          .toList();

  @TempDir Path folder;

  private final PairFactory pairs = new PairFactory("fuzz", false);

  @Test
  void listsOfEveryForm() throws IOException {
    List<byte[]> seeds =
        Stream.of(
                "url,caption,id\nhttp://a.example/1,\"Red, \"\"round\"\"\nand more\",7\n",
                "URL\tTEXT\thttp\nhttp://a.example/1\t\"quoted\"\n\n\r\n",
                "\ufeff{\"url\":\"http://a.example/1\",\"caption\":\"One\",\"n\":{\"m\":[1]}}\n[]\n{\n")
            .map(text -> text.getBytes(UTF_8))
            .toList();
    List<String> names = List.of("list.csv", "list.tsv", "list.jsonl");

    Fuzzer.run(
        "list",
        with(seeds),
        input -> {
          for (String name : names) {
            Path file = folder.resolve(name);
            Files.write(file, input);
            read(new ListSource(file, pairs, Columns.usual()));
          }
        });
  }

  @Test
  void metadataBesidePictures() throws IOException {
    Fuzzer.run(
        "metadata",
        with(hostile("metadata", ".json")),
        input -> pairs.make("key", new byte[] {1}, input, input));
  }

  @Test
  void shards() throws IOException {
    Fuzzer.run(
        "tar",
        with(hostile("tars", ".tar")),
        input -> {
          Path file = folder.resolve("shard.tar");
          Files.write(file, input);
          read(new ShardSource(file, pairs));
        });
  }

  @Test
  void membersOfReinforcedShards() throws IOException {
    ShardSample good;
    try (var reader =
        new WebDatasetReader(ReinforcedPairsTest.SHARDS.resolve("legacy-textemb-bf16.tar"))) {
      good = reader.next();
    }
    var reinforced = new ReinforcedPairs(pairs, ReinforcedSet.published());
    List<String> members = List.of("paug.json", "syn.json", "pth.gz", "jpg");

    Fuzzer.run(
        "reinforced",
        with(members.stream().map(member -> good.members().get(member)).toList()),
        input -> {
          for (String member : members) {
            var damaged = new LinkedHashMap<>(good.members());
            damaged.remove("json");
            damaged.put(member, input);
            assertThat(reinforced.offer(new ShardSample(good.key(), damaged), null)).isNotNull();
          }
        });
  }

  /** Damaged inputs take pieces from each other. */
  private static List<byte[]> with(List<byte[]> seeds) {
    return Stream.concat(seeds.stream(), TOKENS.stream()).toList();
  }

  private static List<byte[]> hostile(String kind, String ending) throws IOException {
    try (Stream<Path> files = Files.list(Pictures.hostileFile(kind))) {
      return files
          .filter(file -> file.toString().endsWith(ending))
          .sorted()
          .map(file -> Pictures.hostile(kind + "/" + file.getFileName()))
          .map(bytes -> bytes.length > 20_000 ? java.util.Arrays.copyOf(bytes, 20_000) : bytes)
          .toList();
    }
  }

  private static void read(PairSource source) throws IOException {
    try (PairSource.Offers offers = source.open()) {
      offers.forEachRemaining(offer -> assertThat(offer).isNotNull());
    }
  }
}
