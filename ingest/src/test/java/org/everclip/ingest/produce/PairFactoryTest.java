package org.everclip.ingest.produce;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.ingest.gate.Pictures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PairFactoryTest {

  private static final byte[] CAPTION = "A caption".getBytes(UTF_8);

  private final PairFactory pairs = new PairFactory(null, false);

  record Row(String file, String expect) {}

  static Stream<Row> metadata() throws IOException {
    JsonNode rows = new JsonMapper().readTree(Pictures.hostile("manifest.json")).path("metadata");
    return StreamSupport.stream(rows.spliterator(), false)
        .map(row -> new Row(row.path("file").asText(), row.path("expect").asText()))
        .filter(row -> row.file.endsWith(".json"));
  }

  @ParameterizedTest
  @MethodSource("metadata")
  void judgesTheMetadataOfTheHostileCorpus(Row row) {
    byte[] image = Pictures.hostile("metadata/image.jpg");

    Offer offer = pairs.make("key", image, CAPTION, Pictures.hostile(row.file));

    switch (row.expect) {
      case "accept" -> assertThat(offer).isInstanceOf(Offer.Pair.class);
      case "reject" -> assertThat(offer).isInstanceOf(Offer.Skipped.class);
      default -> assertThat(offer).isNotNull();
    }
  }

  @Test
  void takesIdTimeAndAttributesFromTheMetadata() {
    String json =
        """
        {"url": "openclipart://a/b.svg", "source": "openclipart", "license": "CC0-1.0",
         "creator": "someone", "timestamp": "2010-05-04T00:00:00Z", "lang": "en", "width": 3,
         "keywords": ["red", "round"], "other_captions": [{"text": "x"}]}""";

    Offer offer = pairs.make("000001", new byte[] {1}, CAPTION, json.getBytes(UTF_8));

    ImageTextPair pair = ((Offer.Pair) offer).pair();
    assertThat(pair.getExternalId()).isEqualTo("openclipart://a/b.svg");
    assertThat(pair.getSource()).isEqualTo("openclipart");
    assertThat(pair.getEventTime()).isEqualTo("2010-05-04T00:00:00Z");
    assertThat(pair.getAttributes())
        .containsEntry("license", "CC0-1.0")
        .containsEntry("creator", "someone")
        .containsEntry("lang", "en")
        .containsEntry("keywords", "red, round")
        .doesNotContainKeys("width", "url", "other_captions");
  }

  @Test
  void theNameOfTheCommandLineAndTheHoldoutWin() {
    Offer offer =
        new PairFactory("mine", true)
            .make("k", new byte[] {1}, CAPTION, "{\"url\":\"u\",\"source\":\"s\"}".getBytes(UTF_8));

    ImageTextPair pair = ((Offer.Pair) offer).pair();
    assertThat(pair.getSource()).isEqualTo("mine");
    assertThat(pair.getHoldout()).isTrue();
  }

  @Test
  void aCaptionThatIsNotUtf8IsPassedOver() {
    Offer offer =
        pairs.make("k", new byte[] {1}, Pictures.hostile("captions/bad_utf8_latin1.txt"), null);

    assertThat(offer)
        .isEqualTo(new Offer.Skipped("caption not UTF-8", "k: the caption is not UTF-8"));
  }
}
