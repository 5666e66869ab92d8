package org.everclip.evaluation.promotion;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig.Promotion;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.promotion.PromotionGate.Score;
import org.junit.jupiter.api.Test;

class PromotionGateTest {

  private static final Flips NO_FLIPS = new Flips(100, 0, 10);

  private final PromotionGate gate = new PromotionGate(rule(List.of()));

  @Test
  void promotesTheFirstVersionThatWasMeasured() {
    assertThat(gate.first(Map.of("a", score(0.1))).promote()).isTrue();
    assertThat(gate.first(Map.of()).promote()).isFalse();
  }

  @Test
  void promotesABetterVersionAndSaysByHowMuch() {
    Decision decision =
        gate.against("main (v1)", Map.of("a", score(0.30)), Map.of("a", score(0.36)), NO_FLIPS);

    assertThat(decision.promote()).isTrue();
    assertThat(decision.deltas().get("a")).isBetween(0.059, 0.061);
    assertThat(decision.reasons()).anyMatch(reason -> reason.contains("6.0 points"));
  }

  @Test
  void refusesAFallOfTheMean() {
    Decision decision =
        gate.against(
            "main (v1)",
            Map.of("a", score(0.30), "b", score(0.30)),
            Map.of("a", score(0.28), "b", score(0.29)),
            NO_FLIPS);

    assertThat(decision.promote()).isFalse();
    assertThat(decision.reasons().get(0)).contains("mean over 2 tasks");
  }

  @Test
  void refusesWhenOneTaskFallsFarOutsideItsNoiseEvenIfTheMeanRises() {
    Decision decision =
        gate.against(
            "main (v1)",
            Map.of("a", score(0.60), "b", score(0.30)),
            Map.of("a", score(0.40), "b", score(0.70)),
            NO_FLIPS);

    assertThat(decision.promote()).isFalse();
    assertThat(decision.reasons().get(0)).startsWith("a falls by 20.0 points");
  }

  @Test
  void refusesTooManyNegativeFlips() {
    Decision decision =
        gate.against(
            "main (v1)", Map.of("a", score(0.3)), Map.of("a", score(0.3)), new Flips(100, 30, 30));

    assertThat(decision.promote()).isFalse();
    assertThat(decision.reasons().get(0)).startsWith("30 of 100 samples flip");
  }

  @Test
  void neverComparesResultsOfDifferentSuites() {
    Decision decision =
        gate.against(
            "main (v1)",
            Map.of("a", new Score("old", 0.1, 0.05, 0.15)),
            Map.of("a", score(0.9)),
            NO_FLIPS);

    assertThat(decision.promote()).isFalse();
    assertThat(decision.deltas()).isEmpty();
  }

  @Test
  void refusesWhileARequiredTaskHasNoResult() {
    var strict = new PromotionGate(rule(List.of("imagenet1k")));

    assertThat(strict.first(Map.of("a", score(0.5))).promote()).isFalse();
  }

  @Test
  void countsFlipsOnSharedSamplesOnly() {
    Flips flips =
        Flips.between(
            List.of(judged("1", true), judged("2", false), judged("3", true)),
            List.of(judged("1", false), judged("2", true), judged("4", false)));

    assertThat(flips).isEqualTo(new Flips(2, 1, 1));
    assertThat(flips.negativeRate()).isEqualTo(0.5);
  }

  private static Judgement judged(String key, boolean right) {
    return new Judgement(key, right, 0, 1);
  }

  private static Score score(double value) {
    return new Score("suite", value, value - 0.04, value + 0.04);
  }

  private static Promotion rule(List<String> required) {
    return new Promotion("main", -0.005, 0.10, 0.25, required);
  }
}
