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
    model = new ReadModel(100, 100);
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
    var search = new StreamSearch(model.vectors(), List.of(towers));
    for (ReinforcedPair pair : PAIRS.subList(0, 5)) {
      StreamSearch.Result found = search.byImage(pair.getPair().getImage().array(), null, 3);
      assertThat(found.spaces()).containsExactly(new StreamSearch.Space(towers.spaceId(), 20, ""));
      assertThat(found.hits()).hasSize(3);
      assertThat(found.hits().get(0).pairId()).isEqualTo(pair.getPair().getPairId());
      assertThat(found.hits().get(0).similarities().get(towers.spaceId())).isGreaterThan(0.999);
    }
  }

  /** The teacher knows little, so this asks for more than chance (mean rank 9.5), not for much. */
  @Test
  void aCaptionFindsItsPictureSoonerThanChance() {
    var search = new StreamSearch(model.vectors(), List.of(towers));
    double ranks = 0;
    for (ReinforcedPair pair : PAIRS) {
      List<String> order =
          search.byText(pair.getPair().getCaption(), null, 20).hits().stream()
              .map(StreamSearch.Hit::pairId)
              .toList();
      ranks += order.indexOf(pair.getPair().getPairId());
    }
    assertThat(ranks / PAIRS.size()).isLessThan(6);
  }

  @Test
  void whatArrivesIsFoundAndWhatIsDeletedIsNot() throws Exception {
    var own = new ReadModel(100, 100);
    var search = new StreamSearch(own.vectors(), List.of(towers));
    byte[] red = Seed.picture(0xcc2200);
    assertThat(search.byImage(red, null, 3).hits()).isEmpty();
    Seed.arrives(own, Seed.embedded(Seed.pair("red", "red", red, 1, NOW), towers));
    assertThat(search.byImage(red, null, 3).hits()).hasSize(1);
    Seed.vanishes(own, "red");
    assertThat(search.byImage(red, null, 3).hits()).isEmpty();
  }

  @Test
  void vectorsOfAnotherSpaceAreNeverCompared() {
    var own = new ReadModel(100, 100);
    Seed.arrives(own, Seed.pair("red", "red", Seed.picture(0xcc2200), 1, NOW));
    StreamSearch.Result found =
        new StreamSearch(own.vectors(), List.of(towers)).byText("red", null, 3);
    assertThat(found.hits()).isEmpty();
    assertThat(found.spaces().get(0).trouble())
        .contains("no kept pair has vectors of teacher-conv@")
        .contains("theirs are of [teacher-conv@0123456789ab, teacher-vit@ba9876543210]");
  }

  @Test
  void twoSpacesAreSearchedEachByItsOwnTowersAndJoinedByRank() {
    byte[] red = Seed.picture(0xcc2200);
    var own = new ReadModel(100, 100);
    try (var vit =
        new TeacherTowers(Path.of(System.getProperty("everclip.project"), Seed.OTHER_TEACHER))) {
      PAIRS.subList(0, 5).forEach(pair -> Seed.arrives(own, pair));
      Seed.arrives(own, Seed.embedded(Seed.pair("red", "red", red, 1, NOW), towers, vit));
      var search = new StreamSearch(own.vectors(), List.of(towers, vit));

      StreamSearch.Result both = search.byImage(red, null, 10);
      assertThat(both.spaces())
          .containsExactly(
              new StreamSearch.Space(towers.spaceId(), 6, ""),
              new StreamSearch.Space(vit.spaceId(), 1, ""));
      assertThat(both.hits()).hasSize(6);
      assertThat(both.hits().get(0).pairId()).isEqualTo("red");
      assertThat(both.hits().get(0).similarities())
          .containsOnlyKeys(towers.spaceId(), vit.spaceId());

      StreamSearch.Result one = search.byImage(red, vit.spaceId(), 10);
      assertThat(one.hits()).hasSize(1);
      assertThatThrownBy(() -> search.byImage(red, "nobody@1", 10))
          .isInstanceOf(SearchUnavailableException.class)
          .hasMessageContaining("there is no space 'nobody@1'");
    }
  }

  @Test
  void whatIsNoPictureIsRefused() {
    assertThatThrownBy(
            () ->
                new StreamSearch(model.vectors(), List.of(towers))
                    .byImage("<svg/>".getBytes(StandardCharsets.UTF_8), null, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot be searched for");
  }

  @Test
  void withoutAModelItSaysWhatToConfigure() {
    assertThatThrownBy(() -> new StreamSearch(model.vectors(), List.of()).byText("red", null, 3))
        .isInstanceOf(SearchUnavailableException.class)
        .hasMessageContaining("dashboard.searchModels");
    try (var none = new TeacherTowers(Path.of("/nowhere"))) {
      var search = new StreamSearch(model.vectors(), List.of(none));
      assertThatThrownBy(() -> search.byText("red", null, 3))
          .isInstanceOf(SearchUnavailableException.class)
          .hasMessageContaining("/nowhere of dashboard.searchModels cannot be loaded");
    }
  }
}
