package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Test
  void warmsUpLinearlyAndEndsNearZero() {
    Schedule schedule = Schedule.cosine(1e-3, 10, 110);

    assertThat(schedule.rate(0)).isCloseTo(1e-4, within(1e-12));
    assertThat(schedule.rate(9)).isCloseTo(1e-3, within(1e-12));
    assertThat(schedule.rate(60)).isCloseTo(5e-4, within(1e-12));
    assertThat(schedule.rate(110)).isCloseTo(0, within(1e-12));
    assertThat(schedule.rate(1000)).isCloseTo(0, within(1e-12));
  }

  @Test
  void staysFlatBeforeItFalls() {
    Schedule schedule = Schedule.flatThenCosine(2, 5, 60, 100);

    assertThat(schedule.rate(5)).isEqualTo(2);
    assertThat(schedule.rate(59)).isEqualTo(2);
    assertThat(schedule.rate(80)).isCloseTo(1, within(1e-12));
  }

  @Test
  void neverFallsWhenConstant() {
    assertThat(Schedule.constant(3, 2).rate(1_000_000_000L)).isEqualTo(3);
  }

  @Test
  void refusesAnEndBeforeTheWarmUp() {
    assertThatThrownBy(() -> Schedule.cosine(1, 10, 5))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
