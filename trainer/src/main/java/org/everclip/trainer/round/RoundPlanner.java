package org.everclip.trainer.round;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.trainer.replay.Rank;
import org.everclip.trainer.replay.ReplayStore;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a round begins and what it trains on. Times only trigger; what is in the plan
 * depends on the store and the settings alone.
 */
public final class RoundPlanner {

  private final EverclipConfig.Trainer settings;
  private final Rehearsal rehearsal;
  private final ReplayStore store;
  private final String run;

  public RoundPlanner(EverclipConfig.Trainer settings, ReplayStore store, String run) {
    this.settings = settings;
    this.rehearsal = Rehearsal.of(settings.replay());
    this.store = store;
    this.run = run;
    if (settings.batchSize() < 2 || settings.roundSteps() < 1) {
      throw new IllegalArgumentException(
          "trainer.batchSize must be at least 2 and trainer.roundSteps at least 1, but are "
              + settings.batchSize()
              + " and "
              + settings.roundSteps());
    }
    if (!(settings.replayShare() >= 0 && settings.replayShare() < 1)) {
      throw new IllegalArgumentException(
          "trainer.replayShare must be in [0, 1), but is " + settings.replayShare());
    }
  }

  /**
   * The next round's plan if it is time for one.
   *
   * @param previous the last finished round, null before the first
   * @param previousEnd when it ended, or when the trainer started
   * @param lastArrival when a pair last arrived, or when the trainer started
   */
  public Optional<RoundPlan> next(
      @Nullable RoundPlan previous, Instant previousEnd, Instant lastArrival, Instant now) {
    int round = previous == null ? 1 : previous.round() + 1;
    if (settings.maxRounds() > 0 && round > settings.maxRounds()) {
      return Optional.empty();
    }
    Map<String, Integer> pending = store.pendingCounts();
    Optional<String> fullest =
        pending.entrySet().stream()
            .max(Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry::getKey))
            .map(Map.Entry::getKey);
    int count = fullest.map(pending::get).orElse(0);
    if (settings.roundPeriods() && count > 0) {
      boolean quiet = Duration.between(lastArrival, now).compareTo(settings.roundWait()) >= 0;
      Optional<Set<String>> ended = fullest.flatMap(version -> ended(version, quiet));
      if (ended.isPresent()) {
        return plan(previous, round, fullest.orElseThrow(), ended.get()::contains, 0);
      }
    }
    boolean waited = !now.isBefore(previousEnd.plus(settings.roundWait()));
    boolean enough =
        count >= settings.roundPairs() || (waited && count >= settings.minRoundPairs());
    if (enough && !settings.roundPeriods()) {
      return fullest.flatMap(version -> plan(previous, round, version, period -> true, 0));
    }
    if (previous == null
        || !settings.rehearseWhenIdle()
        || rehearsal == Rehearsal.NONE
        || previous.idleRounds() >= settings.maxIdleRounds()
        || Duration.between(lastArrival, now).compareTo(settings.roundWait()) < 0) {
      return Optional.empty();
    }
    return plan(
        previous,
        round,
        previous.reinforcementVersion(),
        period -> true,
        previous.idleRounds() + 1);
  }

  /**
   * The oldest periods that are over and together have enough pairs. A period is over when a later
   * one has pairs, when nothing has come for long, or when the store takes no more.
   */
  private Optional<Set<String>> ended(String version, boolean quiet) {
    var periods = store.pendingPeriods(version);
    int all = periods.values().stream().mapToInt(Integer::intValue).sum();
    boolean newestToo = quiet || all >= settings.reservoirCapacity();
    var taken = new TreeSet<String>();
    int pairs = 0;
    for (var period : periods.entrySet()) {
      if (pairs >= settings.minRoundPairs()
          || (!newestToo && period.getKey().equals(periods.lastKey()))) {
        break;
      }
      taken.add(period.getKey());
      pairs += period.getValue();
    }
    return pairs >= Math.max(1, settings.minRoundPairs()) ? Optional.of(taken) : Optional.empty();
  }

  private Optional<RoundPlan> plan(
      @Nullable RoundPlan previous,
      int round,
      String version,
      Predicate<String> periods,
      int idleRounds) {
    var pending = store.pending(version, periods);
    List<String> fresh = pending.pairIds();
    Map<String, List<String>> past = rehearsal == Rehearsal.NONE ? Map.of() : store.past(version);
    int pastSize = past.values().stream().mapToInt(List::size).sum();
    int batch = Math.min(settings.batchSize(), fresh.size() + pastSize);
    if (rehearsal == Rehearsal.NONE) {
      batch = Math.min(batch, fresh.size());
    }
    if (batch < 2) {
      return Optional.empty();
    }
    int slots = rehearsal.slots(batch, settings.replayShare(), fresh.size(), pastSize);
    var shares = slots == 0 ? new TreeMap<String, Double>() : rehearsal.shares(past);
    long seed = Rank.of(settings.seed(), "round/" + round);
    var drawn = new TreeMap<String, List<String>>();
    shares.forEach(
        (period, share) -> {
          long samples = (long) Math.ceil(share * slots * settings.roundSteps());
          List<String> ids = past.getOrDefault(period, List.of());
          drawn.put(period, Rehearsal.draw(ids, Math.max(samples, slots), seed));
        });
    return Optional.of(
        new RoundPlan(
            RoundPlan.LAYOUT,
            run,
            round,
            seed,
            version,
            previous == null ? new TreeMap<>() : previous.to(),
            pending.offsets(),
            fresh,
            drawn,
            shares,
            settings.roundSteps(),
            previous == null ? 0 : previous.firstStep() + previous.steps(),
            batch,
            slots,
            settings.synthetic(),
            settings.shuffleCaptions(),
            idleRounds));
  }
}
