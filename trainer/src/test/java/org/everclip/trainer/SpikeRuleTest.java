package org.everclip.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.everclip.clip.training.StepResult;
import org.everclip.contracts.avro.RejectionReason;
import org.junit.jupiter.api.Test;

class SpikeRuleTest {

  private static final List<Double> STEADY = Collections.nCopies(SpikeRule.MIN_LOSSES, 2.0);

  @Test
  void aLossFarAboveTheNewestOnesIsASpike() {
    assertThat(SpikeRule.judge(loss(6.1, true), STEADY)).contains(RejectionReason.TRAIN_SPIKE);
    assertThat(SpikeRule.judge(loss(5.9, true), STEADY)).isEmpty();
  }

  @Test
  void aSingleEarlierOutlierDoesNotHideASpike() {
    var losses = new ArrayList<>(STEADY);
    losses.set(3, 5.9);

    assertThat(SpikeRule.judge(loss(6.1, true), losses)).contains(RejectionReason.TRAIN_SPIKE);
  }

  @Test
  void theFirstStepsOfARoundAreNotJudged() {
    assertThat(SpikeRule.judge(loss(100, true), STEADY.subList(1, STEADY.size()))).isEmpty();
  }

  @Test
  void aGradientOrLossThatIsNotFiniteIsAlwaysBad() {
    assertThat(SpikeRule.judge(loss(1, false), List.of()))
        .contains(RejectionReason.TRAIN_NOT_FINITE);
    assertThat(SpikeRule.judge(loss(Double.NaN, true), List.of()))
        .contains(RejectionReason.TRAIN_NOT_FINITE);
  }

  @Test
  void onlyTheNewestLossesAreRemembered() {
    List<Double> losses = List.of();
    for (int i = 0; i < SpikeRule.MAX_LOSSES + 5; i++) {
      losses = SpikeRule.remember(losses, i);
    }

    assertThat(losses).hasSize(SpikeRule.MAX_LOSSES).startsWith(5.0);
  }

  private static StepResult loss(double loss, boolean finite) {
    return new StepResult(loss, 0, 0, 0, 1, 14, finite);
  }
}
