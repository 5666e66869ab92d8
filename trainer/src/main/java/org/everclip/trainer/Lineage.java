package org.everclip.trainer;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.trainer.checkpoint.Position;
import org.everclip.trainer.publish.Publication;
import org.everclip.trainer.replay.ReplayStore;
import org.everclip.trainer.round.RoundPlan;

/** Says where a round's version comes from. */
final class Lineage {

  private final EverclipConfig.Trainer settings;
  private final ReplayStore store;
  private final RoundCost cost;
  private final int initialParent;

  Lineage(EverclipConfig.Trainer settings, ReplayStore store, RoundCost cost, int initialParent) {
    this.settings = settings;
    this.store = store;
    this.cost = cost;
    this.initialParent = initialParent;
  }

  /**
   * What the registry shall know of the version of a finished round.
   *
   * @param withParent whether the compatibility term took part
   */
  Publication publication(RoundPlan plan, Position end, boolean withParent) {
    var cursor = new TreeMap<String, Long>();
    plan.to()
        .forEach(
            (partition, offset) -> cursor.put(Topics.REINFORCED.name() + "/" + partition, offset));
    return new Publication(
        settings.name(),
        plan.run() + "/round-" + plan.round(),
        plan.round(),
        end.step(),
        initialParent,
        cursor,
        plan.reinforcementVersion(),
        store.licences(),
        details(plan, end, withParent));
  }

  private Map<String, Object> details(RoundPlan plan, Position end, boolean withParent) {
    var details = new TreeMap<String, Object>();
    int steps = plan.steps() - end.skipped().size();
    details.put("architecture", settings.model());
    details.put("run", plan.run());
    details.put("seed", settings.seed());
    details.put("precision", Student.precision(settings.precision()).setting());
    details.put("learningRate", settings.learningRate());
    details.put("lambda", settings.lambda());
    details.put("synthetic", plan.synthetic());
    details.put("shuffledCaptions", plan.shuffleCaptions());
    details.put("method", settings.replay());
    details.put("replayShare", plan.replayShare());
    details.put("replayShares", plan.sampleShares());
    details.put("pairsNew", plan.newPairs().size());
    details.put("periods", store.periods(plan.newPairs()));
    details.put("samplesNew", (long) steps * (plan.batchSize() - plan.rehearsalSlots()));
    details.put("samplesReplayed", (long) steps * plan.rehearsalSlots());
    details.put("learningRateHighest", new RoundRate(settings).highest(plan.round()));
    details.put("optimizerCarried", settings.carryOptimizer());
    details.put("patching", settings.patching());
    details.put("microBatch", settings.microBatch());
    if (withParent) {
      var term = settings.compatibility();
      details.put(
          "compatibility",
          Map.of(
              "withRound",
              plan.round() - 1,
              "weight",
              term.weight(),
              "temperature",
              term.temperature(),
              "mask",
              term.mask()));
    }
    details.put(
        "account", cost.account(end.spent(), plan.synthetic() ? 2 : 1, plan.newPairs().size()));
    details.put("skippedSteps", end.skipped().size());
    end.losses().stream()
        .mapToDouble(Double::doubleValue)
        .average()
        .ifPresent(loss -> details.put("loss", loss));
    store
        .lastDeletionMillis()
        .ifPresent(time -> details.put("excludedSince", Instant.ofEpochMilli(time).toString()));
    example(plan)
        .ifPresent(
            pair -> {
              details.put("teachers", teachers(pair));
              details.put("captioners", captioners(pair));
            });
    return details;
  }

  private Optional<ReinforcedPair> example(RoundPlan plan) {
    return Stream.concat(
            plan.newPairs().stream(), plan.rehearsal().values().stream().flatMap(List::stream))
        .map(store::pair)
        .flatMap(Optional::stream)
        .filter(pair -> pair.getReinforcementVersion().equals(plan.reinforcementVersion()))
        .findFirst();
  }

  private static List<String> teachers(ReinforcedPair pair) {
    return pair.getTeacherEmbeddings().stream().map(TeacherEmbedding::getTeacherId).toList();
  }

  private static List<String> captioners(ReinforcedPair pair) {
    return pair.getCaptions().stream()
        .map(SyntheticCaption::getCaptionerId)
        .distinct()
        .sorted()
        .toList();
  }
}
