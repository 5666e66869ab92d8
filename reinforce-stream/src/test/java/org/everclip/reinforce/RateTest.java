package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateTest {

  private final AtomicLong clock = new AtomicLong(Duration.ofDays(3).toNanos());
  private final Rate rate = new Rate(clock::get);

  @Test
  void countsWholeSecondsOfTheLastHalfMinute() {
    rate.add(100);
    assertThat(rate.perSecond()).isZero();

    pass(2);
    assertThat(rate.perSecond()).as("100 in two seconds").isEqualTo(50);

    for (int i = 0; i < Rate.SECONDS; i++) {
      rate.add(6);
      pass(1);
    }
    assertThat(rate.perSecond()).isEqualTo(6);

    pass(Rate.SECONDS / 2);
    assertThat(rate.perSecond()).isEqualTo(3);

    pass(1000);
    assertThat(rate.perSecond()).isZero();
  }

  private void pass(long seconds) {
    clock.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }
}
