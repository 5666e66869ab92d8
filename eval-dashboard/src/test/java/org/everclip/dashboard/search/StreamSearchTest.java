package org.everclip.dashboard.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.Seed;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Over the demo's own teacher and pictures that it never learned from. */
class StreamSearchTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final List<ReinforcedPair> PAIRS = new ArrayList<>();

  private static TeacherTowers towers;
  private static ReadModel model;

  @BeforeAll
  static void fill() throws Exception {
    towers = new TeacherTowers(Path.of(System.getProperty("everclip.project"), Seed.TEACHER));
    model = new ReadModel(100);
    for (Seed.Picture picture : Seed.pictures(20)) {
      PAIRS.add(
          Seed.embedded(
              Seed.pair("p" + PAIRS.size(), picture.caption(), picture.bytes(), 1, NOW), towers));
    }
    PAIRS.forEach(pair -> Seed.arrives(model, pair));
  }

  @AfterAll
  static void close() {
    towers.close();
  }

  @Test
  void aPictureFindsItselfFirst() {
    var search = new StreamSearch(model, towers);
    for (ReinforcedPair pair : PAIRS.subList(0, 5)) {
      StreamSearch.Result found = search.byImage(pair.getPair().getImage().array(), 3);
      assertThat(found.searched()).isEqualTo(20);
      assertThat(found.hits()).hasSize(3);
      assertThat(found.hits().get(0).pair().getPair().getPairId())
          .isEqualTo(pair.getPair().getPairId());
      assertThat(found.hits().get(0).similarity()).isGreaterThan(0.999);
    }
  }

  /** The teacher knows little, so this asks for more than chance (mean rank 9.5), not for much. */
  @Test
  void aCaptionFindsItsPictureSoonerThanChance() {
    var search = new StreamSearch(model, towers);
    double ranks = 0;
    for (ReinforcedPair pair : PAIRS) {
      List<String> order =
          search.byText(pair.getPair().getCaption(), 20).hits().stream()
              .map(hit -> hit.pair().getPair().getPairId())
              .toList();
      ranks += order.indexOf(pair.getPair().getPairId());
    }
    assertThat(ranks / PAIRS.size()).isLessThan(6);
  }

  @Test
  void whatArrivesIsFoundAndWhatIsDeletedIsNot() throws Exception {
    var own = new ReadModel(100);
    var search = new StreamSearch(own, towers);
    byte[] red = Seed.picture(0xcc2200);
    assertThat(search.byImage(red, 3).hits()).isEmpty();
    Seed.arrives(own, Seed.embedded(Seed.pair("red", "red", red, 1, NOW), towers));
    assertThat(search.byImage(red, 3).hits()).hasSize(1);
    Seed.vanishes(own, "red");
    assertThat(search.byImage(red, 3).hits()).isEmpty();
  }

  @Test
  void vectorsOfAnotherSpaceAreNeverCompared() {
    var own = new ReadModel(100);
    Seed.arrives(own, Seed.pair("red", "red", Seed.picture(0xcc2200), 1, NOW));
    assertThatThrownBy(() -> new StreamSearch(own, towers).byText("red", 3))
        .isInstanceOf(SearchUnavailableException.class)
        .hasMessageContaining("no kept pair has vectors of teacher-conv@")
        .hasMessageContaining("theirs are of teacher-conv@0123456789ab, teacher-vit@ba9876543210");
  }

  @Test
  void whatIsNoPictureIsRefused() {
    assertThatThrownBy(
            () ->
                new StreamSearch(model, towers)
                    .byImage("<svg/>".getBytes(StandardCharsets.UTF_8), 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot be searched for");
  }

  @Test
  void withoutAModelItSaysWhatToConfigure() {
    try (var none = new TeacherTowers(null)) {
      assertThatThrownBy(() -> new StreamSearch(model, none).byText("red", 3))
          .isInstanceOf(SearchUnavailableException.class)
          .hasMessageContaining("dashboard.searchModel");
    }
  }
}
