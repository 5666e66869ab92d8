package org.everclip.registry.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitTest {

  private final AtomicLong now = new AtomicLong();
  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return Instant.ofEpochMilli(now.get());
        }
      };

  @Test
  void allowsABurstAndThenSoManyASecondForEach() {
    var limit = new RateLimit(2, 3, clock);

    assertThat(taken(limit, "a", 10)).isEqualTo(3);
    assertThat(taken(limit, "b", 10)).isEqualTo(3);
    now.addAndGet(1_000);
    assertThat(taken(limit, "a", 10)).isEqualTo(2);
    now.addAndGet(-3_600_000);
    assertThat(taken(limit, "a", 10)).isZero();
    now.addAndGet(7_200_000);
    assertThat(taken(limit, "a", 10)).isEqualTo(3);
  }

  private static int taken(RateLimit limit, String key, int attempts) {
    int taken = 0;
    for (int i = 0; i < attempts; i++) {
      taken += limit.allows(key) ? 1 : 0;
    }
    return taken;
  }
}
