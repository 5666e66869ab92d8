package org.everclip.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.service.Health;
import org.junit.jupiter.api.Test;

class ArrivalsTest {

  private static final class HandClock extends Clock {
    private Instant now = Instant.parse("2026-05-01T10:00:00Z");

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  private final HandClock clock = new HandClock();
  private final Health health = new Health();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Arrivals arrivals =
      new Arrivals(
          FetchSettings.of(
              80,
              "fetch.minArrivalRate=0.3",
              "fetch.arrivalSample=100",
              "fetch.arrivalPause=PT10M"),
          clock,
          health,
          meters);

  @Test
  void aSourceBelowTheFloorPausesSaysWhyAndIsTriedAgain() {
    health.ready();
    note("web", 50, 0);
    assertThat(arrivals.pause("web")).isZero();

    note("web", 0, 150);

    assertThat(arrivals.pause("web")).isEqualTo(Duration.ofMinutes(10));
    assertThat(arrivals.pause("other")).isZero();
    assertThat(health.isReady()).isFalse();
    assertThat(health.detail()).contains("arrival of web", "FETCH_DNS", "30 %", "PT10M");

    clock.now = clock.now.plus(Duration.ofMinutes(10));
    assertThat(arrivals.pause("web")).isZero();
    note("web", 19, 0);
    assertThat(health.isReady()).isFalse();
    note("web", 1, 0);
    assertThat(health.isReady()).isTrue();
  }

  @Test
  void aSmallSampleDecidesAfterAPause() {
    note("web", 0, 100);
    clock.now = clock.now.plus(Duration.ofMinutes(11));

    note("web", 2, 18);

    assertThat(arrivals.pause("web")).isEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void countsByOutcomeAndReason() {
    note("web", 3, 2);

    assertThat(meters.counter("everclip.fetch.pairs", "outcome", "arrived").count()).isEqualTo(3);
    assertThat(meters.counter("everclip.fetch.failed", "reason", "FETCH_DNS").count()).isEqualTo(2);
    assertThat(meters.get("everclip.fetch.arrival").tag("source", "web").gauge().value())
        .isEqualTo(0.6);
  }

  private void note(String source, int arrived, int failed) {
    for (int i = 0; i < arrived; i++) {
      arrivals.note(source, null);
    }
    for (int i = 0; i < failed; i++) {
      arrivals.note(source, RejectionReason.FETCH_DNS);
    }
  }
}
