package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.everclip.contracts.avro.AcceptedPair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BatchingReinforcerTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void pairsThatWaitTogetherGoTogether() throws Exception {
    var batches = new CopyOnWriteArrayList<Integer>();
    var first = new CountDownLatch(1);
    PairWork work =
        pairs -> {
          batches.add(pairs.size());
          awaitUninterruptibly(first);
          return details(pairs);
        };
    try (var reinforcer = start(work, 4, Duration.ZERO)) {
      var answers = new ArrayList<CompletableFuture<Reinforcement>>();
      answers.add(reinforcer.submit(TestPairs.pair(0)));
      org.awaitility.Awaitility.await().until(() -> batches.size() == 1);
      for (int i = 1; i < 9; i++) {
        answers.add(reinforcer.submit(TestPairs.pair(i)));
      }
      first.countDown();

      for (int i = 0; i < 9; i++) {
        assertThat(answers.get(i).get(10, TimeUnit.SECONDS))
            .isEqualTo(new Reinforcement.Refused("n" + i));
      }
    }
    assertThat(batches).containsExactly(1, 4, 4);
  }

  @Test
  void aFullBatchDoesNotWait() throws Exception {
    try (var reinforcer = start(BatchingReinforcerTest::details, 2, LONG)) {
      var one = reinforcer.submit(TestPairs.pair(1));
      var two = reinforcer.submit(TestPairs.pair(2));

      assertThat(one.get(5, TimeUnit.SECONDS)).isEqualTo(new Reinforcement.Refused("n1"));
      assertThat(two.get(5, TimeUnit.SECONDS)).isEqualTo(new Reinforcement.Refused("n2"));
    }
  }

  @Test
  void onePairThatBreaksItsBatchIsRefusedAlone() throws Exception {
    PairWork work =
        pairs -> {
          if (pairs.stream().anyMatch(pair -> pair.getExternalId().equals("n1"))) {
            throw new IllegalStateException("n1 is poison");
          }
          return details(pairs);
        };
    try (var reinforcer = start(work, 3, LONG)) {
      var answers = new ArrayList<CompletableFuture<Reinforcement>>();
      for (int i = 0; i < 3; i++) {
        answers.add(reinforcer.submit(TestPairs.pair(i)));
      }

      assertThat(answers.get(0).get(5, TimeUnit.SECONDS))
          .isEqualTo(new Reinforcement.Refused("n0"));
      assertThat(((Reinforcement.Refused) answers.get(1).get(5, TimeUnit.SECONDS)).detail())
          .contains("n1 is poison");
      assertThat(answers.get(2).get(5, TimeUnit.SECONDS))
          .isEqualTo(new Reinforcement.Refused("n2"));
    }
  }

  @Test
  void whenEveryPairFailsItIsNotThePairs() throws Exception {
    PairWork work =
        pairs -> {
          throw new IllegalStateException("the models are gone");
        };
    try (var reinforcer = start(work, 2, LONG)) {
      var one = reinforcer.submit(TestPairs.pair(1));
      var two = reinforcer.submit(TestPairs.pair(2));

      assertThatThrownBy(() -> one.get(5, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("the models are gone");
      assertThatThrownBy(() -> two.get(5, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("the models are gone");
    }
  }

  private static BatchingReinforcer start(PairWork work, int batchPairs, Duration wait) {
    return new BatchingReinforcer(
        work, 1, batchPairs, wait, 100, new ReinforceMeters(new SimpleMeterRegistry()));
  }

  /** Answers that tell whose they are. */
  private static List<Reinforcement> details(List<AcceptedPair> pairs) {
    return pairs.stream()
        .<Reinforcement>map(pair -> new Reinforcement.Refused(pair.getExternalId()))
        .toList();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
