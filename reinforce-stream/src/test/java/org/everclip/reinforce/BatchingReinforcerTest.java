package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.everclip.contracts.avro.AcceptedPair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BatchingReinforcerTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void pairsThatWaitTogetherGoTogether() throws Exception {
    var batches = new CopyOnWriteArrayList<Integer>();
    var prepared = new AtomicInteger();
    var first = new CountDownLatch(1);
    PairWork<AcceptedPair> work =
        new PairWork<>() {
          @Override
          public AcceptedPair prepare(AcceptedPair pair) {
            prepared.incrementAndGet();
            return pair;
          }

          @Override
          public List<Reinforcement> reinforce(List<AcceptedPair> pairs) {
            batches.add(pairs.size());
            awaitUninterruptibly(first);
            return details(pairs);
          }
        };
    try (var reinforcer =
        new BatchingReinforcer<>(
            work, 1, 4, Duration.ZERO, 100, new ReinforceMeters(new SimpleMeterRegistry()))) {
      var answers = new ArrayList<CompletableFuture<Reinforcement>>();
      answers.add(reinforcer.submit(TestPairs.pair(0)));
      await().until(() -> batches.size() == 1);
      for (int i = 1; i < 9; i++) {
        answers.add(reinforcer.submit(TestPairs.pair(i)));
      }
      // The one at work, and one more than the four that may be ready: so these four are.
      await().until(() -> prepared.get() == 6);
      first.countDown();

      for (int i = 0; i < 9; i++) {
        assertThat(answers.get(i).get(10, TimeUnit.SECONDS))
            .isEqualTo(new Reinforcement.Refused("n" + i));
      }
    }
    assertThat(batches).startsWith(1, 4).allMatch(size -> size <= 4);
    assertThat(batches.stream().mapToInt(Integer::intValue).sum()).isEqualTo(9);
  }

  @Test
  void theNextBatchIsPreparedWhileTheModelsWork() throws Exception {
    var prepared = new CountDownLatch(3);
    PairWork<AcceptedPair> work =
        new PairWork<>() {
          @Override
          public AcceptedPair prepare(AcceptedPair pair) {
            prepared.countDown();
            return pair;
          }

          @Override
          public List<Reinforcement> reinforce(List<AcceptedPair> pairs) {
            awaitUninterruptibly(prepared); // ends only when others are prepared meanwhile
            return details(pairs);
          }
        };
    try (var reinforcer =
        new BatchingReinforcer<>(
            work, 1, 1, LONG, 100, new ReinforceMeters(new SimpleMeterRegistry()))) {
      var answers = new ArrayList<CompletableFuture<Reinforcement>>();
      for (int i = 0; i < 3; i++) {
        answers.add(reinforcer.submit(TestPairs.pair(i)));
      }

      for (int i = 0; i < 3; i++) {
        assertThat(answers.get(i).get(5, TimeUnit.SECONDS))
            .isEqualTo(new Reinforcement.Refused("n" + i));
      }
    }
  }

  @Test
  void aBatchWaitsForPairsThatAreBeingPrepared() throws Exception {
    var batches = new CopyOnWriteArrayList<Integer>();
    var submitted = new CountDownLatch(1);
    PairWork<AcceptedPair> work =
        new PairWork<>() {
          @Override
          public AcceptedPair prepare(AcceptedPair pair) {
            awaitUninterruptibly(submitted);
            return pair;
          }

          @Override
          public List<Reinforcement> reinforce(List<AcceptedPair> pairs) {
            batches.add(pairs.size());
            return details(pairs);
          }
        };
    try (var reinforcer =
        new BatchingReinforcer<>(
            work, 1, 4, Duration.ZERO, 100, new ReinforceMeters(new SimpleMeterRegistry()))) {
      var answers = new ArrayList<CompletableFuture<Reinforcement>>();
      for (int i = 0; i < 6; i++) {
        answers.add(reinforcer.submit(TestPairs.pair(i)));
      }
      submitted.countDown();
      for (var answer : answers) {
        answer.get(10, TimeUnit.SECONDS);
      }
    }
    assertThat(batches).as("although none is to wait").containsExactly(4, 2);
  }

  @Test
  void aPairThatCannotBePreparedDoesNotReachTheModels() throws Exception {
    var registry = new SimpleMeterRegistry();
    try (var reinforcer =
        new BatchingReinforcer<>(
            new ModelsOnly(BatchingReinforcerTest::details),
            1,
            1,
            LONG,
            100,
            new ReinforceMeters(registry))) {
      var refused = reinforcer.submit(TestPairs.pair(404));
      var other = reinforcer.submit(TestPairs.pair(5));

      assertThat(refused.get(5, TimeUnit.SECONDS))
          .isEqualTo(new Reinforcement.Refused("no picture"));
      assertThat(other.get(5, TimeUnit.SECONDS)).isEqualTo(new Reinforcement.Refused("n5"));
      assertThat(registry.get("everclip.reinforce.batch.pairs").summary().totalAmount())
          .isEqualTo(1);
      assertThat(registry.get("everclip.reinforce.queue.wait").timer().count()).isEqualTo(1);
      assertThat(registry.get("everclip.reinforce.queue.pairs").gauge().value()).isZero();
    }
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
    Models work =
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
    Models work =
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

  @Test
  void aBadModelFailsEveryPairAtOnce() throws Exception {
    var calls = new AtomicInteger();
    Models work =
        pairs -> {
          calls.incrementAndGet();
          throw new BadModelException("a constant teacher");
        };
    try (var reinforcer = start(work, 2, LONG)) {
      var one = reinforcer.submit(TestPairs.pair(1));
      var two = reinforcer.submit(TestPairs.pair(2));

      for (var answer : List.of(one, two)) {
        assertThatThrownBy(() -> answer.get(5, TimeUnit.SECONDS))
            .hasCauseInstanceOf(BadModelException.class);
      }
    }
    assertThat(calls).hasValue(1);
  }

  /** The second step of the work. */
  private interface Models {
    List<Reinforcement> reinforce(List<AcceptedPair> pairs);
  }

  /** Work that needs no preparation, but refuses the pair n404. */
  private record ModelsOnly(Models models) implements PairWork<AcceptedPair> {
    @Override
    public AcceptedPair prepare(AcceptedPair pair) {
      if (pair.getExternalId().equals("n404")) {
        throw new IllegalArgumentException("no picture");
      }
      return pair;
    }

    @Override
    public List<Reinforcement> reinforce(List<AcceptedPair> prepared) {
      return models.reinforce(prepared);
    }
  }

  private static BatchingReinforcer<AcceptedPair> start(
      Models models, int batchPairs, Duration wait) {
    return new BatchingReinforcer<>(
        new ModelsOnly(models),
        1,
        batchPairs,
        wait,
        100,
        new ReinforceMeters(new SimpleMeterRegistry()));
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
