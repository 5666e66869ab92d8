package org.everclip.ingest.gate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row of the corpus of broken, odd and malicious inputs fares as its manifest says. */
class HostileCorpusTest {

  private static final Instant ARRIVAL = Instant.parse("2026-05-01T00:00:00Z");

  /**
   * Cut pictures look alike only to the eye: a hash of the whole cannot see it. A mark of a fifth
   * of the thumbnail's rows changes too many bits of one drawing.
   */
  private static final Pattern MAY_BE_MISSED =
      Pattern.compile("near-duplicate centre crop.*|near-duplicate small text mark .*d09_mark.*");

  @TempDir Path home;

  record Row(String file, String expect, String cleaned) {
    @Override
    public String toString() {
      return file;
    }
  }

  static Stream<Row> images() throws IOException {
    return rows("images");
  }

  static Stream<Row> captions() throws IOException {
    return rows("captions");
  }

  private static Stream<Row> rows(String kind) throws IOException {
    JsonNode rows = new JsonMapper().readTree(Pictures.hostile("manifest.json")).path(kind);
    return StreamSupport.stream(rows.spliterator(), false)
        .map(
            row ->
                new Row(
                    row.path("file").asText(),
                    row.path("expect").asText(),
                    row.path("cleaned").asText()));
  }

  @ParameterizedTest
  @MethodSource("images")
  void judgesPictures(Row row) {
    Inspection inspection =
        inspect(GateDriver.pair("h", "A picture", Pictures.hostile(row.file)).build());

    expect(inspection, row.expect);
  }

  @ParameterizedTest
  @MethodSource("captions")
  void judgesCaptions(Row row) {
    byte[] bytes = Pictures.hostile(row.file);
    String caption;
    try {
      caption = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      // What a producer sends that does not check: lost characters.
      caption = new String(bytes, UTF_8);
    }

    Inspection inspection = inspect(GateDriver.pair("h", caption, Pictures.drawing(1)).build());

    expect(inspection, row.expect);
    if (inspection instanceof Inspection.Passed passed) {
      assertThat(passed.pair().getCaption())
          .doesNotContainPattern("[\\p{Cc}\\u202a-\\u202e\\ufeff]");
      if (!row.cleaned.isEmpty()
          && !row.file.contains("mojibake")
          && !row.file.contains("control")) {
        assertThat(passed.pair().getCaption()).isEqualTo(row.cleaned);
      }
    }
  }

  /** Nobody may depend on which way a row goes: both end in one record, and the flow goes on. */
  @Test
  void rowsThatMayGoEitherWayEndOnceWhicheverWayTheyAreSent() throws IOException {
    List<ImageTextPair> pairs = either();
    var outcomes = new ArrayList<List<Integer>>();
    for (String[] settings :
        List.of(
            new String[] {"limits.minImageSide=5000", "gate.holdoutShare=0"},
            new String[] {
              "limits.minImageSide=1",
              "limits.maxImageAspect=100000",
              "limits.minImageContrast=0",
              "limits.maxCaptionChars=1000000",
              "gate.holdoutShare=0"
            })) {
      try (var gate = new GateDriver(home.resolve("" + outcomes.size()), settings)) {
        pairs.forEach(gate::offer);
        outcomes.add(List.of(gate.acceptedRecords().size(), gate.rejected().size()));
      }
    }
    assertThat(outcomes.get(0)).as("forced out").containsExactly(0, pairs.size());
    assertThat(outcomes.get(1).get(0) + outcomes.get(1).get(1)).isEqualTo(pairs.size());
    assertThat(outcomes.get(1).get(0)).as("let in").isGreaterThan(pairs.size() / 2);
  }

  private static List<ImageTextPair> either() throws IOException {
    var pairs = new ArrayList<ImageTextPair>();
    images()
        .filter(row -> row.expect.equals("either"))
        .forEach(
            row ->
                pairs.add(
                    GateDriver.pair(row.file, "A " + row.file, Pictures.hostile(row.file))
                        .build()));
    captions()
        .filter(row -> row.expect.equals("either"))
        .forEach(
            row ->
                pairs.add(
                    GateDriver.pair(
                            row.file,
                            new String(Pictures.hostile(row.file), UTF_8),
                            Pictures.drawing(1 + pairs.size()))
                        .build()));
    return pairs;
  }

  @Test
  void composesAccents() {
    String composed = new String(Pictures.hostile("captions/ok_accents_nfc.txt"), UTF_8);
    String decomposed = new String(Pictures.hostile("captions/ok_accents_nfd.txt"), UTF_8);

    assertThat(CaptionRules.clean(decomposed)).isEqualTo(CaptionRules.clean(composed));
  }

  @Test
  void keepsTheJoinersOfEmoji() {
    String emoji = new String(Pictures.hostile("captions/ok_emoji.txt"), UTF_8).strip();

    assertThat(CaptionRules.clean(emoji)).isEqualTo(emoji);
  }

  @Test
  void findsDuplicatesAndKeepsDistinctPictures() throws IOException {
    JsonNode pairs =
        new JsonMapper()
            .readTree(Pictures.hostile("manifest.json"))
            .path("duplicates")
            .path("pairs");
    var missed = new ArrayList<String>();
    int number = 0;
    // One gate for all: under the default policy another caption makes another pair.
    try (var gate = new GateDriver(home, "gate.holdoutShare=0")) {
      for (JsonNode pair : pairs) {
        String caption = "Row " + number++;
        String first = pair.path("a").asText();
        String second = pair.path("b").asText();
        gate.offer(GateDriver.pair(caption + "a", caption, Pictures.hostile(first)).build());
        gate.offer(GateDriver.pair(caption + "b", caption, Pictures.hostile(second)).build());

        List<AcceptedPair> accepted = gate.accepted();
        List<RejectedPair> rejected = gate.rejected();
        assertThat(accepted.size() + rejected.size()).isEqualTo(2);
        String relation = pair.path("relation").asText();
        if (relation.equals("distinct")) {
          assertThat(accepted).as(pair.toString()).hasSize(2);
        } else if (relation.equals("duplicate")) {
          assertThat(rejected)
              .extracting(RejectedPair::getReason)
              .containsExactly(RejectionReason.DUPLICATE_EXACT);
        } else if (accepted.size() == 2) {
          missed.add(relation + " " + pair.path("transform").asText() + " " + second);
        }
      }
    }
    assertThat(missed)
        .allMatch(line -> line.startsWith("borderline") || MAY_BE_MISSED.matcher(line).matches());
  }

  private Inspection inspect(ImageTextPair pair) {
    var config = GateDriver.config(home);
    return new Inspector(config.limits(), config.gate(), EvaluationHashes.none())
        .inspect(pair, new RawPosition("pairs.raw", 0, 0L), ARRIVAL);
  }

  private static void expect(Inspection inspection, String expected) {
    switch (expected) {
      case "accept" -> assertThat(inspection).isInstanceOf(Inspection.Passed.class);
      case "reject" -> assertThat(inspection).isInstanceOf(Inspection.Refused.class);
      case "either" ->
          assertThat(inspection).isInstanceOfAny(Inspection.Passed.class, Inspection.Refused.class);
      default -> throw new AssertionError("the manifest has a new word: " + expected);
    }
  }
}
