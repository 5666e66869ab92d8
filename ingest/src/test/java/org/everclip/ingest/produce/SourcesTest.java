package org.everclip.ingest.produce;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetWriter;
import org.everclip.ingest.gate.Pictures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SourcesTest {

  @TempDir Path folder;

  private final PairFactory pairs = new PairFactory("test", false);

  /**
   * A row of the manifest.
   *
   * @param samples how many are whole; -1 where it does not say
   */
  record Row(String file, String expect, int samples) {}

  static Stream<Row> tars() throws IOException {
    JsonNode rows = new JsonMapper().readTree(Pictures.hostile("manifest.json")).path("tars");
    return StreamSupport.stream(rows.spliterator(), false)
        .map(
            row ->
                new Row(
                    row.path("file").asText(),
                    row.path("expect").asText(),
                    row.path("samples").asInt(-1)));
  }

  @ParameterizedTest
  @MethodSource("tars")
  void readsTheShardsOfTheHostileCorpusWithoutAnException(Row row) throws Exception {
    List<Offer> offers =
        read(Sources.find(List.of(Pictures.hostileFile(row.file).toString()), pairs));

    if (row.expect.equals("accept")) {
      assertThat(offers).hasAtLeastOneElementOfType(Offer.Pair.class);
      if (row.samples >= 0) {
        assertThat(sent(offers)).hasSize(row.samples);
      }
    } else if (row.expect.equals("reject")) {
      assertThat(offers).doesNotHaveAnyElementsOfTypes(Offer.Pair.class);
    }
  }

  @Test
  void aDamagedShardSaysSo() throws Exception {
    List<Offer> offers =
        read(Sources.find(List.of(Pictures.hostileFile("tars/truncated.tar").toString()), pairs));

    assertThat(offers.get(offers.size() - 1))
        .isInstanceOfSatisfying(
            Offer.Skipped.class,
            skipped -> assertThat(skipped.reason()).isEqualTo(PairSender.DAMAGED));
  }

  @Test
  void aFolderGivesThePicturesThatHaveACaptionBeside() throws Exception {
    Path sub = Files.createDirectories(folder.resolve("sub"));
    Files.write(sub.resolve("a.png"), Pictures.drawing(1));
    Files.writeString(sub.resolve("a.txt"), "From a text");
    Files.write(folder.resolve("b.jpg"), Pictures.drawing(2));
    Files.writeString(folder.resolve("b.json"), "{\"caption\": \"From JSON\"}");
    Files.write(folder.resolve("c.png"), Pictures.drawing(3));
    Files.writeString(folder.resolve("notes.md"), "no picture");

    List<Offer> offers = read(Sources.find(List.of(folder.toString()), pairs));

    assertThat(offers).hasSize(3);
    assertThat(sent(offers))
        .extracting(ImageTextPair::getExternalId, ImageTextPair::getCaption)
        .containsExactlyInAnyOrder(tuple("sub/a.png", "From a text"), tuple("b.jpg", "From JSON"));
  }

  @Test
  void readsListsOfAddresses() throws Exception {
    Path csv = folder.resolve("list.csv");
    Files.writeString(
        csv,
        "URL,TEXT\nhttp://a.invalid/1.jpg,\"Red, and \"\"round\"\"\"\nhttp://b.invalid/2.jpg\n");
    Path jsonl = folder.resolve("list.jsonl");
    Files.writeString(
        jsonl, "{\"url\":\"http://c.invalid/3.jpg\",\"caption\":\"Three\",\"uid\":\"u3\"}\n[]\n");

    List<Offer> offers = read(Sources.find(List.of(csv.toString(), jsonl.toString()), pairs));

    assertThat(offers).hasSize(4);
    assertThat(sent(offers))
        .extracting(ImageTextPair::getUrl, ImageTextPair::getCaption, ImageTextPair::getExternalId)
        .containsExactly(
            tuple("http://a.invalid/1.jpg", "Red, and \"round\"", "http://a.invalid/1.jpg"),
            tuple("http://c.invalid/3.jpg", "Three", "u3"));
  }

  @Test
  void aTableGivesTheCaptionsOfAFolder() throws Exception {
    Path sub = Files.createDirectories(folder.resolve("sub"));
    Files.write(sub.resolve("a.png"), Pictures.drawing(1));
    Files.write(folder.resolve("b.png"), Pictures.drawing(2));
    Files.write(folder.resolve("c.png"), Pictures.drawing(3));
    Files.writeString(folder.resolve("c.txt"), "The text beside wins");
    Files.writeString(
        folder.resolve("metadata.csv"),
        "\ufefffile_name,caption\nsub/a.png,\"Over two\nlines\"\n./b.png,B\nc.png,C\n");

    assertThat(sent(read(Sources.find(List.of(folder.toString()), pairs))))
        .extracting(ImageTextPair::getExternalId, ImageTextPair::getCaption)
        .containsExactlyInAnyOrder(
            tuple("sub/a.png", "Over two\nlines"),
            tuple("b.png", "B"),
            tuple("c.png", "The text beside wins"));

    Path own = folder.resolve("own.tsv");
    Files.writeString(own, "b.png\tOwn\n");
    var reading =
        new Sources.Reading(
            Columns.of(Map.of("file", "1", "caption", "2")),
            own,
            ReinforcedSet.published(),
            note -> {});
    assertThat(sent(read(Sources.find(List.of(folder.toString()), pairs, reading))))
        .extracting(ImageTextPair::getCaption)
        .containsExactlyInAnyOrder("Own", "The text beside wins");
  }

  @Test
  void columnsAreMappedByNameOrNumber() throws Exception {
    Path named = folder.resolve("named.csv");
    Files.writeString(
        named, "LINK,ALT,HASH,WHEN,licence\nhttp://a.invalid/1,One,abc,1272931200,CC0\n");
    Path numbered = folder.resolve("numbered.tsv");
    Files.writeString(numbered, "a \"caption\" as it is\thttp://b.invalid/2\n");
    var names =
        Columns.of(Map.of("url", "LINK", "caption", "alt", "sha256", "HASH", "time", "WHEN"));
    var numbers = Columns.of(Map.of("caption", "1", "url", "2"));

    ImageTextPair first = sent(read(List.of(new ListSource(named, pairs, names)))).get(0);
    ImageTextPair second = sent(read(List.of(new ListSource(numbered, pairs, numbers)))).get(0);

    assertThat(first.getUrl()).isEqualTo("http://a.invalid/1");
    assertThat(first.getCaption()).isEqualTo("One");
    assertThat(first.getEventTime()).isEqualTo("2010-05-04T00:00:00Z");
    assertThat(first.getAttributes())
        .containsEntry("sha256", "abc")
        .containsEntry("licence", "CC0");
    assertThat(second.getUrl()).isEqualTo("http://b.invalid/2");
    assertThat(second.getCaption()).isEqualTo("a \"caption\" as it is");
    assertThatThrownBy(() -> Columns.of(Map.of("uri", "1")))
        .isInstanceOf(Sources.UnknownSourceException.class)
        .hasMessageContaining("uri");
  }

  @Test
  void aListWithoutTheColumnsIsRefusedWithWhatItHas() throws Exception {
    Path list = folder.resolve("list.tsv");
    Files.writeString(list, "LINK\tALT\nhttp://a.invalid/1\tOne\n");
    var wrong =
        new Sources.Reading(
            Columns.of(Map.of("url", "LINK", "caption", "words")),
            null,
            ReinforcedSet.published(),
            note -> {});

    assertThatThrownBy(() -> Sources.find(List.of(list.toString()), pairs, wrong))
        .isInstanceOf(Sources.UnknownSourceException.class)
        .hasMessage("list.tsv: no column is called words; there are [link, alt]");
    assertThatThrownBy(() -> Sources.find(List.of(list.toString()), pairs))
        .isInstanceOf(Sources.UnknownSourceException.class)
        .hasMessageContaining("[link, alt]")
        .hasMessageContaining("--columns caption=NAME");
  }

  @Test
  void gapsInARangeAreTold() throws Exception {
    for (String name : List.of("00000.tar", "00003.tar")) {
      Files.write(folder.resolve(name), new byte[1024]);
    }
    var notes = new ArrayList<String>();
    var reading = new Sources.Reading(Columns.usual(), null, ReinforcedSet.published(), notes::add);
    String word = folder + "/{00000..00005}.tar";

    assertThat(Sources.find(List.of(word), pairs, reading)).hasSize(2);
    assertThat(notes).containsExactly("2 of the 6 shards of '" + word + "' are there");
  }

  @Test
  void aLineWithoutEndCostsOneLineAndNoMemory() throws Exception {
    Path list = folder.resolve("long.csv");
    try (var out = Files.newBufferedWriter(list)) {
      out.write("url,caption\nhttp://a.invalid/1,\"");
      for (int i = 0; i < 3000; i++) {
        out.write("x".repeat(1000));
      }
      out.write("\nhttp://a.invalid/2,Two\n");
    }

    List<Offer> offers = read(Sources.find(List.of(list.toString()), pairs));

    assertThat(offers).hasSize(2);
    assertThat(offers.get(0)).isInstanceOf(Offer.Skipped.class);
    assertThat(sent(offers)).extracting(ImageTextPair::getCaption).containsExactly("Two");
  }

  @Test
  void readsWhatImg2datasetWritesAndToleratesGaps() throws Exception {
    for (String shard : List.of("00000", "00002")) {
      try (var writer = new WebDatasetWriter(folder.resolve(shard + ".tar"))) {
        String key = shard + "0001";
        var members = new java.util.LinkedHashMap<String, byte[]>();
        members.put("jpg", Pictures.drawing(1));
        members.put("txt", "A caption".getBytes(UTF_8));
        members.put(
            "json",
            ("{\"caption\":\"A caption\",\"url\":\"http://a.invalid/"
                    + key
                    + "\",\"key\":\""
                    + key
                    + "\",\"status\":\"success\",\"error_message\":null,\"width\":256,\"height\":256,"
                    + "\"original_width\":1000,\"original_height\":900,\"exif\":\"{}\","
                    + "\"sha256\":\"00ff\"}")
                .getBytes(UTF_8));
        writer.write(new ShardSample(key, members));
      }
      Files.writeString(folder.resolve(shard + "_stats.json"), "{}");
    }

    for (String word : List.of(folder.toString(), folder + "/{00000..00003}.tar")) {
      assertThat(sent(read(Sources.find(List.of(word), pairs))))
          .extracting(ImageTextPair::getExternalId)
          .containsExactly("http://a.invalid/000000001", "http://a.invalid/000020001");
    }
  }

  @Test
  void saysWhatCanBeReadWhenTheWordNamesNothing() {
    assertThatThrownBy(() -> Sources.find(List.of("datacompdr:" + folder + "/x-*.tar"), pairs))
        .isInstanceOf(Sources.UnknownSourceException.class)
        .hasMessageContaining("x-*.tar");
    assertThatThrownBy(() -> Sources.find(List.of(folder + "/none-*.tar"), pairs))
        .isInstanceOf(Sources.UnknownSourceException.class)
        .hasMessageContaining("none-*.tar");
  }

  @Test
  void aPositionMovesOnlyOverWhatIsAcknowledged() throws Exception {
    Files.write(folder.resolve("a.png"), Pictures.drawing(1));
    PairSource source = Sources.find(List.of(folder.toString()), pairs).get(0);
    Path state = folder.resolve("state");
    Position position = Position.open(state, source, "cluster", false);
    position.sent(0);
    position.sent(1);
    position.passed(2);
    position.acknowledge(1);
    position.save();

    assertThat(Position.open(state, source, "cluster", false).acknowledged()).isZero();
    position.acknowledge(0);
    position.save();
    assertThat(Position.open(state, source, "cluster", false).acknowledged()).isEqualTo(3);
    assertThat(Position.open(state, source, "other cluster", false).acknowledged()).isZero();
    assertThat(Position.open(state, source, "cluster", true).acknowledged()).isZero();
  }

  private static List<ImageTextPair> sent(List<Offer> offers) {
    return offers.stream()
        .filter(Offer.Pair.class::isInstance)
        .map(offer -> ((Offer.Pair) offer).pair())
        .toList();
  }

  private static List<Offer> read(List<PairSource> sources) throws IOException {
    var offers = new ArrayList<Offer>();
    for (PairSource source : sources) {
      try (PairSource.Offers opened = source.open()) {
        opened.forEachRemaining(offers::add);
      }
    }
    return offers;
  }
}
