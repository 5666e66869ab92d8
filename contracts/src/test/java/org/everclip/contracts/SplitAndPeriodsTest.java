package org.everclip.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.everclip.contracts.avro.Split;
import org.junit.jupiter.api.Test;

class SplitAndPeriodsTest {

  private static final Instant ARRIVAL = Instant.parse("2026-11-23T12:00:00Z");
  private static final Instant EARLIEST = Instant.parse("1990-01-01T00:00:00Z");

  @Test
  void holdsOutTheConfiguredShareAndAlwaysTheSamePictures() {
    var rule = new SplitRule("salt", 0.1);
    List<String> images =
        IntStream.range(0, 20_000).mapToObj(i -> Sha256.hex("image " + i)).toList();

    long heldOut = images.stream().filter(i -> rule.split(i, false) == Split.HOLDOUT).count();

    assertThat(heldOut / 20_000.0).isCloseTo(0.1, within(0.01));
    assertThat(images)
        .allMatch(i -> rule.split(i, false) == new SplitRule("salt", 0.1).split(i, false));
  }

  @Test
  void letsAProducerForceTheHoldoutButNeverTraining() {
    assertThat(new SplitRule("salt", 0).split(Sha256.hex("x"), true)).isEqualTo(Split.HOLDOUT);
    assertThat(new SplitRule("salt", 1).split(Sha256.hex("x"), false)).isEqualTo(Split.HOLDOUT);
  }

  @Test
  void takesTheYearOfAPlausibleEventTimeElseOfTheArrival() {
    var periods = new Periods(List.of(), EARLIEST);

    assertThat(periods.periodId(Instant.parse("2019-12-31T23:59:59Z"), ARRIVAL)).isEqualTo("2019");
    assertThat(periods.periodId(null, ARRIVAL)).isEqualTo("2026");
    assertThat(periods.periodId(Instant.parse("2031-01-01T00:00:00Z"), ARRIVAL)).isEqualTo("2026");
    assertThat(periods.periodId(Instant.EPOCH, ARRIVAL)).isEqualTo("2026");
  }

  @Test
  void cutsAtTheConfiguredBoundaries() {
    var periods =
        new Periods(
            List.of(Instant.parse("2020-01-01T00:00:00Z"), Instant.parse("2023-01-01T00:00:00Z")),
            EARLIEST);

    assertThat(periods.periodId(Instant.parse("2019-06-01T00:00:00Z"), ARRIVAL))
        .isEqualTo("p-before");
    assertThat(periods.periodId(Instant.parse("2020-01-01T00:00:00Z"), ARRIVAL))
        .isEqualTo("p-2020-01-01");
    assertThat(periods.periodId(Instant.parse("2024-01-01T00:00:00Z"), ARRIVAL))
        .isEqualTo("p-2023-01-01");
  }

  @Test
  void refusesBoundariesThatDoNotAscend() {
    Instant boundary = Instant.parse("2020-01-01T00:00:00Z");

    assertThatThrownBy(() -> new Periods(List.of(boundary, boundary), EARLIEST))
        .hasMessageContaining("gate.periods");
  }
}
