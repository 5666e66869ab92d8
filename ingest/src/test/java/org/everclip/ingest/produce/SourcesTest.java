package org.everclip.ingest.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.ingest.gate.Pictures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SourcesTest {

  @TempDir Path folder;

  private final PairFactory pairs = new PairFactory("test", false);

  record Row(String file, String expect) {}

  static Stream<Row> tars() throws IOException {
    JsonNode rows = new JsonMapper().readTree(Pictures.hostile("manifest.json")).path("tars");
    return StreamSupport.stream(rows.spliterator(), false)
        .map(row -> new Row(row.path("file").asText(), row.path("expect").asText()));
  }

  @ParameterizedTest
  @MethodSource("tars")
  void readsTheShardsOfTheHostileCorpusWithoutAnException(Row row) throws Exception {
    List<Offer> offers =
        read(Sources.find(List.of(Pictures.hostileFile(row.file).toString()), pairs));

    if (row.expect.equals("accept")) {
      assertThat(offers).hasAtLeastOneElementOfType(Offer.Pair.class);
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
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("sub/a.png", "From a text"),
            org.assertj.core.groups.Tuple.tuple("b.jpg", "From JSON"));
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
            org.assertj.core.groups.Tuple.tuple(
                "http://a.invalid/1.jpg", "Red, and \"round\"", "http://a.invalid/1.jpg"),
            org.assertj.core.groups.Tuple.tuple("http://c.invalid/3.jpg", "Three", "u3"));
  }

  @Test
  void saysWhatCanBeReadWhenTheWordNamesNothing() {
    assertThatThrownBy(() -> Sources.find(List.of("datacompdr:/x"), pairs))
        .isInstanceOf(Sources.UnknownSourceException.class)
        .hasMessageContaining("later");
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
