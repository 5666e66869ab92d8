package org.everclip.trainer.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.trainer.Pairs;
import org.everclip.trainer.Settings;
import org.everclip.trainer.replay.ReplayStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoundPlannerTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path folder;
  private ReplayStore store;

  @BeforeEach
  void open() {
    store = ReplayStore.open(folder, 1, 1000);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void aRoundBeginsWhenEnoughPairsHaveArrived() {
    RoundPlanner planner = planner("trainer.roundPairs=10");
    store.take(Pairs.arrivals(0, 9, "2024"), Map.of(0, 9L));
    Optional<RoundPlan> before = planner.next(null, START, START, START);

    store.take(Pairs.arrivals(9, 10, "2024"), Map.of(0, 10L));
    Optional<RoundPlan> after = planner.next(null, START, START, START);

    assertThat(before).isEmpty();
    assertThat(after).isPresent();
    assertThat(after.get().newPairs()).hasSize(10).isSorted();
    assertThat(after.get().to()).containsExactly(Map.entry(0, 10L));
  }

  @Test
  void fewerPairsMustWait() {
    RoundPlanner planner = planner("trainer.roundPairs=10", "trainer.minRoundPairs=4");
    store.take(Pairs.arrivals(0, 5, "2024"), Map.of(0, 5L));

    assertThat(planner.next(null, START, START, START.plusSeconds(59))).isEmpty();
    assertThat(planner.next(null, START, START, START.plusSeconds(60))).isPresent();
  }

  @Test
  void aPeriodIsTakenWhenALaterOneHasBegunOrNothingComes() {
    RoundPlanner planner = planner("trainer.roundPeriods=true", "trainer.minRoundPairs=4");
    store.take(Pairs.arrivals(0, 3, "2022"), Map.of(0, 3L));
    store.take(Pairs.arrivals(3, 9, "2023"), Map.of(0, 9L));
    Optional<RoundPlan> tooFew = planner.next(null, START, START, START);

    store.take(Pairs.arrivals(9, 16, "2024"), Map.of(0, 16L));
    RoundPlan first = planner.next(null, START, START, START).orElseThrow();
    store.settle(first.newPairs(), first.to());
    Optional<RoundPlan> running = planner.next(first, START, START, START);
    RoundPlan quiet = planner.next(first, START, START, START.plusSeconds(60)).orElseThrow();

    assertThat(tooFew).isEmpty();
    assertThat(store.periods(first.newPairs())).containsOnlyKeys("2022", "2023");
    assertThat(first.newPairs()).hasSize(9);
    assertThat(running).isEmpty();
    assertThat(store.periods(quiet.newPairs())).containsExactly(Map.entry("2024", 7));
  }

  @Test
  void aQuietStreamIsRehearsedAFewTimes() {
    RoundPlanner planner =
        planner("trainer.roundPairs=10", "trainer.maxIdleRounds=2", "trainer.batchSize=4");
    RoundPlan first = firstRound(planner);

    Optional<RoundPlan> busy = planner.next(first, START, START, START.plusSeconds(59));
    RoundPlan idle = planner.next(first, START, START, START.plusSeconds(60)).orElseThrow();
    RoundPlan again = planner.next(idle, START, START, START.plusSeconds(60)).orElseThrow();
    Optional<RoundPlan> enough = planner.next(again, START, START, START.plus(Duration.ofDays(1)));

    assertThat(busy).isEmpty();
    assertThat(idle.newPairs()).isEmpty();
    assertThat(idle.replayShare()).isEqualTo(1);
    assertThat(idle.firstStep()).isEqualTo(first.steps());
    assertThat(enough).isEmpty();
  }

  @Test
  void noRoundFollowsTheLastOne() {
    RoundPlanner planner = planner("trainer.roundPairs=10", "trainer.maxRounds=1");
    RoundPlan first = firstRound(planner);
    store.take(Pairs.arrivals(20, 40, "2024"), Map.of(0, 40L));

    assertThat(planner.next(first, START, START, START.plusSeconds(600))).isEmpty();
  }

  @Test
  void oneRoundHasOneReinforcementVersion() {
    RoundPlanner planner = planner("trainer.roundPairs=10");
    store.take(Pairs.arrivals(0, 10, "2024"), Map.of(0, 10L));
    store.take(
        List.of(
            new org.everclip.trainer.replay.Arrival(
                Pairs.id(50),
                Pairs.pair(
                    50, 1, "2024", org.everclip.contracts.avro.Split.TRAIN, "reinforcement-2"),
                0,
                10)),
        Map.of(0, 11L));

    RoundPlan plan = planner.next(null, START, START, START).orElseThrow();

    assertThat(plan.newPairs()).hasSize(10).doesNotContain(Pairs.id(50));
    store.settle(plan.newPairs(), plan.to());
    assertThat(store.pending("reinforcement-2").pairIds()).containsExactly(Pairs.id(50));
  }

  @Test
  void periodsShareTheRehearsalEqually() {
    RoundPlan plan = planWithPast("equal");

    assertThat(plan.rehearsalSlots()).isEqualTo(8);
    assertThat(plan.shares())
        .isEqualTo(Map.of("2021", 0.25, "2022", 0.25, "2023", 0.25, "2024", 0.25));
    assertShares(plan);
  }

  @Test
  void expHalvesTheShareOfEachOlderPeriod() {
    RoundPlan plan = planWithPast("exp");

    assertThat(plan.shares().get("2024")).isCloseTo(8 / 15.0, within(1e-9));
    assertThat(plan.shares().get("2021")).isCloseTo(1 / 15.0, within(1e-9));
    assertShares(plan);
  }

  @Test
  void allTreatsPastAndNewAlike() {
    RoundPlan plan = planWithPast("all");

    assertThat(plan.replayShare()).isCloseTo(80 / 100.0, within(0.05));
    assertShares(plan);
  }

  @Test
  void noneTrainsOnNewPairsOnly() {
    assertThat(planWithPast("none").rehearsalSlots()).isZero();
  }

  @Test
  void aScheduleFollowsFromThePlanAndNeverRepeatsAPairInABatch() {
    RoundPlan plan = planWithPast("equal");

    var schedule = RoundSchedule.of(plan);
    var again = RoundSchedule.of(plan);

    for (int step = 0; step < plan.steps(); step++) {
      List<String> batch = schedule.batch(step);
      assertThat(batch).hasSize(plan.batchSize()).doesNotHaveDuplicates();
      assertThat(again.batch(step)).isEqualTo(batch);
    }
  }

  @Test
  void everyNewPairIsSeenEquallyOften() {
    RoundPlan plan = planWithPast("equal");
    var schedule = RoundSchedule.of(plan);
    var counts = new java.util.HashMap<String, Integer>();
    for (int step = 0; step < plan.steps(); step++) {
      schedule.batch(step).forEach(id -> counts.merge(id, 1, Integer::sum));
    }

    // 20 new pairs, 8 new slots, 50 steps: 400 samples, each pair 20 times.
    assertThat(plan.newPairs()).allSatisfy(id -> assertThat(counts.get(id)).isBetween(19, 21));
  }

  @Test
  void plansSurviveBeingWritten() {
    var plans = new Plans(folder.resolve("rounds"));
    RoundPlan plan = planWithPast("exp");

    plans.write(plan);

    assertThat(plans.read(plan.round())).contains(plan);
    assertThat(plans.read(99)).isEmpty();
  }

  private void assertShares(RoundPlan plan) {
    var schedule = RoundSchedule.of(plan);
    var counts = new java.util.HashMap<String, Integer>();
    var fresh = new HashSet<>(plan.newPairs());
    for (int step = 0; step < plan.steps(); step++) {
      schedule.batch(step).stream()
          .filter(id -> !fresh.contains(id))
          .map(id -> store.pair(id).orElseThrow().getPair().getPeriodId())
          .forEach(period -> counts.merge(period, 1, Integer::sum));
    }
    double samples = (double) plan.steps() * plan.rehearsalSlots();
    plan.shares()
        .forEach(
            (period, share) ->
                assertThat(counts.get(period) / samples).isCloseTo(share, within(0.01)));
  }

  /** Round 2 with 20 past pairs in each of four periods and 20 new ones. */
  private RoundPlan planWithPast(String policy) {
    RoundPlanner planner =
        planner(
            "trainer.replay=" + policy,
            "trainer.roundPairs=20",
            "trainer.batchSize=16",
            "trainer.roundSteps=50");
    for (int period = 0; period < 4; period++) {
      store.take(
          Pairs.arrivals(20 * period, 20 * period + 20, "202" + (period + 1)),
          Map.of(0, 20L * period + 20));
    }
    RoundPlan first = planner.next(null, START, START, START).orElseThrow();
    store.settle(first.newPairs(), first.to());
    store.take(Pairs.arrivals(80, 100, "2024"), Map.of(0, 100L));
    return planner.next(first, START, START, START).orElseThrow();
  }

  private RoundPlan firstRound(RoundPlanner planner) {
    store.take(Pairs.arrivals(0, 10, "2024"), Map.of(0, 10L));
    RoundPlan first = planner.next(null, START, START, START).orElseThrow();
    store.settle(first.newPairs(), first.to());
    return first;
  }

  private RoundPlanner planner(String... assignments) {
    EverclipConfig config = Settings.of(folder, assignments);
    return new RoundPlanner(config.trainer(), store, "run");
  }
}
