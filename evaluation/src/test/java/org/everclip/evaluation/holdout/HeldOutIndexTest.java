package org.everclip.evaluation.holdout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeldOutIndexTest {

  private static final int SAMPLES = 20;
  private static final Map<Integer, Long> EVERYTHING = Map.of(0, 1_000L, 1, 1_000L);

  @Test
  void aFrozenSetIsTheLowestRanksOfWhatWasThereThen() {
    var index = new HeldOutIndex(SAMPLES);
    offer(index, 0, 200, "2014");
    index.freeze("2014", EVERYTHING);
    List<String> frozen = ids(index, "2014");

    offer(index, 2_000, 5_000, "2014");

    assertThat(frozen).hasSize(SAMPLES);
    assertThat(ids(index, "2014")).isEqualTo(frozen);
  }

  @Test
  void aDeletedPairLeavesTheSetAndNobodyTakesItsPlace() {
    var index = new HeldOutIndex(SAMPLES);
    offer(index, 0, 200, "2014");
    index.freeze("2014", EVERYTHING);
    String gone = ids(index, "2014").get(3);

    index.gone(gone, 3_000);

    assertThat(ids(index, "2014")).hasSize(SAMPLES - 1).doesNotContain(gone);
    assertThat(index.state().pairs())
        .filteredOn(pair -> pair.pairId().equals(gone))
        .allSatisfy(
            pair -> {
              assertThat(pair.caption()).isEmpty();
              assertThat(pair.image()).isEmpty();
            });
  }

  @Test
  void whatIsDeletedBeforeTheSetIsFrozenIsReplaced() {
    var index = new HeldOutIndex(SAMPLES);
    offer(index, 0, 200, "2014");
    index.freeze("2014", EVERYTHING);
    String lowest = ids(index, "2014").get(0);

    var other = new HeldOutIndex(SAMPLES);
    offer(other, 0, 200, "2014");
    other.gone(lowest, 500);
    other.freeze("2014", EVERYTHING);

    assertThat(ids(other, "2014")).hasSize(SAMPLES).doesNotContain(lowest);
  }

  @Test
  void readAgainInAnyInterleavingOfPartitionsItIsTheSameSet() {
    var cut = Map.of(0, 150L, 1, 120L);
    List<List<String>> sets = new ArrayList<>();
    for (int seed = 0; seed < 20; seed++) {
      var index = new HeldOutIndex(SAMPLES);
      if (seed > 0) {
        index.freeze("2014", cut);
      }
      var random = new Random(seed);
      int[] read = {0, 0};
      while (read[0] < 150 || read[1] < 120) {
        int partition = read[1] == 120 || (read[0] < 150 && random.nextBoolean()) ? 0 : 1;
        add(index, partition, read[partition]++, "2014");
      }
      if (seed == 0) {
        index.freeze("2014", cut);
      }
      index.gone(id(0, 40), 400);
      add(index, 0, 500, "2014");
      sets.add(ids(index, "2014"));
    }
    assertThat(sets).allMatch(set -> set.equals(sets.get(0)));
  }

  @Test
  void memoryDoesNotGrowWithTheStream() {
    var index = new HeldOutIndex(SAMPLES);
    offer(index, 0, 20_000, "2014");

    assertThat(index.state().pairs()).hasSize(2 * SAMPLES);
    assertThat(index.images()).hasSize(2 * SAMPLES);
  }

  @Test
  void goesOnFromItsFile() {
    var index = new HeldOutIndex(SAMPLES);
    offer(index, 0, 200, "2014");
    offer(index, 200, 300, "p-before");
    index.freeze(HeldOutIndex.ALL, EVERYTHING);

    var restored = new HeldOutIndex(SAMPLES);
    restored.freeze(HeldOutIndex.ALL, EVERYTHING);
    restored.restore(index.state());

    assertThat(ids(restored, HeldOutIndex.ALL)).isEqualTo(ids(index, HeldOutIndex.ALL));
    assertThat(restored.counts()).isEqualTo(index.counts());
  }

  private static void offer(HeldOutIndex index, int from, int to, String period) {
    for (int offset = from; offset < to; offset++) {
      add(index, 0, offset, period);
    }
  }

  private static void add(HeldOutIndex index, int partition, int offset, String period) {
    String id = id(partition, offset);
    var pair = new HeldOut(id, partition, offset, -1, period, "caption", "image of " + id);
    index.gone(id, offset);
    if (index.wants(pair)) {
      index.add(pair);
    }
  }

  private static String id(int partition, int offset) {
    return "pair-%d-%05d".formatted(partition, offset);
  }

  private static List<String> ids(HeldOutIndex index, String pool) {
    return index.members(pool).stream().map(HeldOut::pairId).toList();
  }
}
