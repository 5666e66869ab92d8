package org.everclip.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HostQueuesTest {

  @Test
  void oneHostIsAskedSoOftenAtATimeAndOthersDoNotWaitForIt() throws InterruptedException {
    var release = new CountDownLatch(1);
    var now = new AtomicInteger();
    var most = new AtomicInteger();
    var done = new CountDownLatch(10);
    var other = new CountDownLatch(1);
    try (var queues = new HostQueues(8, 2, Duration.ZERO)) {
      for (int i = 0; i < 10; i++) {
        queues.submit(
            "slow",
            () -> {
              most.accumulateAndGet(now.incrementAndGet(), Math::max);
              awaitQuietly(release);
              now.decrementAndGet();
              done.countDown();
            });
      }
      queues.submit("other", other::countDown);

      assertThat(other.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(now.get()).isLessThanOrEqualTo(2);
      release.countDown();
      assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(most).hasValue(2);
    }
  }

  @Test
  void twoBeginningsAreAtLeastTheDelayApartAndIdleHostsAreForgotten() throws InterruptedException {
    Duration delay = Duration.ofMillis(40);
    List<Long> times = Collections.synchronizedList(new ArrayList<>());
    var done = new CountDownLatch(5);
    try (var queues = new HostQueues(4, 4, delay)) {
      for (int i = 0; i < 5; i++) {
        queues.submit(
            "host",
            () -> {
              times.add(System.nanoTime());
              done.countDown();
            });
      }

      assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
      Collections.sort(times);
      // Threads may wake late, so the whole is measured.
      assertThat(times.get(4) - times.get(0)).isGreaterThan(delay.multipliedBy(3).toNanos());
      await().atMost(Duration.ofSeconds(20)).until(() -> queues.size() == 0);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
