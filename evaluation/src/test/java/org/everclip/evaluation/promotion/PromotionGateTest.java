package org.everclip.evaluation.promotion;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig.Promotion;
import org.everclip.evaluation.continual.Flips;
import org.everclip.evaluation.promotion.Measured.Score;
import org.junit.jupiter.api.Test;

class PromotionGateTest {

  private static final Flips FEW_FLIPS = new Flips(100, 30, 0, 10, 0);

  private final PromotionGate gate = new PromotionGate(rule(List.of()));

  @Test
  void promotesTheFirstVersionThatWasMeasured() {
    assertThat(gate.first(of(Map.of("a", score(0.1)))).promote()).isTrue();
    assertThat(gate.first(of(Map.of())).promote()).isFalse();
  }

  @Test
  void promotesABetterVersionAndSaysByHowMuchOverHowManyTasks() {
    var candidate =
        new Measured("v2", Map.of("a", score(0.36)), Map.of(), Map.of("b", "no data"), null);

    Decision decision = gate.against(of(Map.of("a", score(0.30))), candidate, FEW_FLIPS);

    assertThat(decision.promote()).isTrue();
    assertThat(decision.deltas().get("a")).isBetween(0.059, 0.061);
    assertThat(decision.reasons().get(0)).startsWith("mean over 1 of 2 tasks changes by 6.0");
    assertThat(decision.reasons()).contains("no task falls");
    assertThat(decision.metrics()).containsEntry("mean.possible", 2.0);
  }

  @Test
  void refusesAFallOfTheMean() {
    Decision decision =
        gate.against(
            of(Map.of("a", score(0.30), "b", score(0.30))),
            of(Map.of("a", score(0.28), "b", score(0.29))),
            FEW_FLIPS);

    assertThat(decision.promote()).isFalse();
    assertThat(decision.reasons().get(0)).contains("mean over 2 of 2 tasks");
    assertThat(decision.reasons())
        .contains("the worst task is a with -2.0 points, within its noise of 4.0");
  }

  @Test
  void refusesWhenOneTaskFallsFarOutsideItsNoiseEvenIfTheMeanRises() {
    Decision decision =
        gate.against(
            of(Map.of("a", score(0.60), "b", score(0.30))),
            of(Map.of("a", score(0.40), "b", score(0.70))),
            FEW_FLIPS);

    assertThat(decision.promote()).isFalse();
    assertThat(decision.reasons().get(0)).startsWith("a falls by 20.0 points");
  }

  @Test
  void refusesAVersionThatForgetsAPeriodButTakesPeriodsIntoNoMean() {
    var cells = Map.of("period/2014", score(0.6));
    var main = new Measured("main (v1)", Map.of("a", score(0.3)), cells, Map.of(), null);
    var forgets =
        new Measured(
            "v2", Map.of("a", score(0.4)), Map.of("period/2014", score(0.3)), Map.of(), null);

    Decision decision = gate.against(main, forgets, FEW_FLIPS);

    assertThat(decision.promote()).isFalse();
    assertThat(decision.reasons().get(0)).startsWith("period/2014 falls by 30.0 points");
    assertThat(decision.metrics().get("mean")).isBetween(0.099, 0.101);
  }

  @Test
  void refusesTooManyNegativeFlips() {
    Decision decision =
        gate.against(
            of(Map.of("a", score(0.3))),
            of(Map.of("a", score(0.3))),
            new Flips(100, 40, 30, 30, 30));

    assertThat(decision.promote()).isFalse();
    assertThat(decision.reasons().get(0))
        .isEqualTo(
            "30 of 100 samples flip from right to wrong (30.0 %, p = 1.000), allowed are 25.0 %");
  }

  @Test
  void refusesWhatIsSlowerBeyondTheNoiseOnTheSameMachine() {
    Measured main = timed(new Score("here", 10, 9, 11));

    assertThat(gate.against(main, timed(new Score("here", 18, 17, 20)), FEW_FLIPS).promote())
        .isFalse();
    assertThat(gate.against(main, timed(new Score("here", 18, 12, 30)), FEW_FLIPS).promote())
        .isTrue();
    assertThat(gate.against(main, timed(new Score("there", 90, 90, 90)), FEW_FLIPS).promote())
        .isTrue();
  }

  @Test
  void refusesACandidateThatLostATask() {
    var candidate =
        new Measured("v2", Map.of("a", score(0.9)), Map.of(), Map.of("b", "damaged; data"), null);

    Decision decision =
        gate.against(of(Map.of("a", score(0.3), "b", score(0.3))), candidate, FEW_FLIPS);

    assertThat(decision.promote()).isFalse();
    assertThat(decision.reasons().get(0)).contains("b has a result").doesNotContain(";");
  }

  @Test
  void neverComparesResultsOfDifferentSuites() {
    Decision decision =
        gate.against(
            of(Map.of("a", new Score("old", 0.1, 0.05, 0.15))),
            of(Map.of("a", score(0.9))),
            FEW_FLIPS);

    assertThat(decision.promote()).isFalse();
    assertThat(decision.deltas()).isEmpty();
  }

  @Test
  void refusesWhileARequiredTaskHasNoResult() {
    var strict = new PromotionGate(rule(List.of("imagenet1k")));

    assertThat(strict.first(of(Map.of("a", score(0.5)))).promote()).isFalse();
  }

  private static Measured of(Map<String, Score> scores) {
    return new Measured("main (v1)", scores, Map.of(), Map.of(), null);
  }

  private static Measured timed(Score latency) {
    return new Measured("main (v1)", Map.of("a", score(0.3)), Map.of(), Map.of(), latency);
  }

  private static Score score(double value) {
    return new Score("suite", value, value - 0.04, value + 0.04);
  }

  private static Promotion rule(List<String> required) {
    return new Promotion("main", -0.005, 0.10, 0.25, 1.5, required);
  }
}
