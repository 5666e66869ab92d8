package org.everclip.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.trainer.Pairs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayStoreTest {

  @TempDir Path folder;

  @Test
  void keepsPairsAndOffsetsOverARestart() {
    try (var store = ReplayStore.open(folder, 1, 100)) {
      store.take(Pairs.arrivals(0, 5, "2024"), Map.of(0, 5L, 3, 17L));
    }

    try (var store = ReplayStore.open(folder, 1, 100)) {
      assertThat(store.offsets()).containsExactly(Map.entry(0, 5L), Map.entry(3, 17L));
      assertThat(store.pendingCounts()).containsExactly(Map.entry(Pairs.VERSION, 5));
      assertThat(store.pair(Pairs.id(3))).contains(Pairs.pair(3));
      assertThat(store.licences()).containsExactly("CC-BY-4.0", "CC0-1.0");
    }
  }

  @Test
  void theNewestRevisionStaysWhateverComesLater() {
    try (var store = ReplayStore.open(folder, 1, 100)) {
      ReinforcedPair second = Pairs.pair(1, 2, "2024", Split.TRAIN, Pairs.VERSION);

      var taken =
          store.take(
              List.of(
                  new Arrival(Pairs.id(1), Pairs.pair(1), 0, 0),
                  new Arrival(Pairs.id(1), second, 0, 1),
                  new Arrival(Pairs.id(1), Pairs.pair(1), 0, 2),
                  new Arrival(Pairs.id(1), second, 0, 3)),
              Map.of(0, 4L));

      assertThat(taken).isEqualTo(new Arrivals(2, 0, 0, 2));
      assertThat(store.pair(Pairs.id(1))).contains(second);
      assertThat(store.pending(Pairs.VERSION).pairIds()).containsExactly(Pairs.id(1));
    }
  }

  @Test
  void holdoutIsCountedAndNeverStored() {
    try (var store = ReplayStore.open(folder, 1, 100)) {
      store.take(Pairs.arrivals(0, 3, "2024"), Map.of(0, 3L));

      var taken =
          store.take(
              List.of(
                  new Arrival(
                      Pairs.id(1), Pairs.pair(1, 2, "2024", Split.HOLDOUT, Pairs.VERSION), 0, 3),
                  new Arrival(
                      Pairs.id(9), Pairs.pair(9, 1, "2024", Split.HOLDOUT, Pairs.VERSION), 0, 4)),
              Map.of(0, 5L));

      assertThat(taken.holdout()).isEqualTo(2);
      assertThat(store.holdoutSeen()).isEqualTo(2);
      assertThat(store.pending(Pairs.VERSION).pairIds())
          .containsExactlyInAnyOrder(Pairs.id(0), Pairs.id(2));
      assertThat(store.pair(Pairs.id(1))).isEmpty();
      assertThat(store.pair(Pairs.id(9))).isEmpty();
    }
  }

  @Test
  void aDeletionRemovesPendingAndPastPairs() {
    try (var store = ReplayStore.open(folder, 1, 100)) {
      store.take(Pairs.arrivals(0, 2, "2024"), Map.of(0, 2L));
      store.settle(List.of(Pairs.id(0)), Map.of(0, 2L));

      store.take(
          List.of(
              new Arrival(Pairs.id(0), null, 0, 2),
              new Arrival(Pairs.id(1), null, 0, 3),
              new Arrival(Pairs.id(7), null, 0, 4)),
          Map.of(0, 5L));

      assertThat(store.past(Pairs.VERSION)).isEmpty();
      assertThat(store.pendingCounts()).isEmpty();
      assertThat(store.pastCount()).isZero();
      assertThat(store.pair(Pairs.id(0))).isEmpty();
      assertThat(store.lastDeletionMillis()).isPresent();
    }
  }

  @Test
  void aRevisionThatArrivesDuringARoundIsNewToTheNextOne() {
    try (var store = ReplayStore.open(folder, 1, 100)) {
      store.take(Pairs.arrivals(0, 2, "2024"), Map.of(0, 2L));
      var planned = store.pending(Pairs.VERSION);
      store.take(
          List.of(
              new Arrival(Pairs.id(1), Pairs.pair(1, 2, "2024", Split.TRAIN, Pairs.VERSION), 0, 2)),
          Map.of(0, 3L));

      store.settle(planned.pairIds(), planned.offsets());
      store.settle(planned.pairIds(), planned.offsets());

      assertThat(store.past(Pairs.VERSION)).isEqualTo(Map.of("2024", List.of(Pairs.id(0))));
      assertThat(store.pending(Pairs.VERSION).pairIds()).containsExactly(Pairs.id(1));
      assertThat(store.pastCount()).isEqualTo(1);
    }
  }

  @Test
  void theReservoirDoesNotDependOnTheOrderOfArrival() {
    var first = kept(folder.resolve("a"), 60, 7);
    var second = kept(folder.resolve("b"), 60, 8);

    assertThat(first).hasSize(20).isEqualTo(second);
  }

  private static List<String> kept(Path path, int pairs, long order) {
    var numbers = Pairs.arrivals(0, pairs, "2024");
    Collections.shuffle(numbers, new Random(order));
    try (var store = ReplayStore.open(path, 1, 20)) {
      for (int i = 0; i < pairs; i += 15) {
        store.take(numbers.subList(i, i + 15), Map.of(0, (long) pairs));
        store.settle(store.pending(Pairs.VERSION).pairIds(), Map.of());
      }
      return store.past(Pairs.VERSION).get("2024");
    }
  }

  /** Reading a closed store would end the process: the counts are asked for by other threads. */
  @Test
  void countsCanBeAskedForAfterTheEnd() {
    var store = ReplayStore.open(folder, 5, 10);
    var held = Pairs.pair(1, 1, "2024", Split.HOLDOUT, Pairs.VERSION);
    store.take(List.of(new Arrival(Pairs.id(1), held, 0, 0)), Map.of(0, 1L));
    store.take(Pairs.arrivals(2, 5, "2024"), Map.of(0, 5L));
    store.close();

    assertThat(store.holdoutSeen()).isEqualTo(1);
    assertThat(store.pendingCounts()).containsExactly(Map.entry(Pairs.VERSION, 3));
    assertThat(store.pastCount()).isZero();
    try (var again = ReplayStore.open(folder, 5, 10)) {
      assertThat(again.holdoutSeen()).isEqualTo(1);
    }
  }

  /** Chi-square over 20 blocks of arrival; 36.2 is the 1 % point at 19 degrees of freedom. */
  @Test
  void theReservoirIsAUniformSample() {
    int pairs = 10_000;
    int capacity = 500;
    int blocks = 20;
    var arrivals = Pairs.arrivals(0, pairs, "2024");
    int[] counts = new int[blocks];

    try (var store = ReplayStore.open(folder, 5, capacity)) {
      for (int i = 0; i < pairs; i += 2000) {
        store.take(arrivals.subList(i, i + 2000), Map.of(0, i + 2000L));
        store.settle(store.pending(Pairs.VERSION).pairIds(), Map.of());
      }
      for (String id : store.past(Pairs.VERSION).get("2024")) {
        ReinforcedPair pair = store.pair(id).orElseThrow();
        counts[(int) (pair.getPair().getPerceptualHash() * blocks / pairs)]++;
      }
    }

    double expected = (double) capacity / blocks;
    double chiSquare = 0;
    for (int count : counts) {
      chiSquare += (count - expected) * (count - expected) / expected;
    }
    assertThat(chiSquare).isLessThan(36.2);
  }
}
