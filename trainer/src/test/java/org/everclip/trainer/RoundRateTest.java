package org.everclip.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoundRateTest {

  /** TiC-LM's factors for equal rounds. */
  private static final double[] FACTORS = {
    1, 0.5, 0.25, 0.146447, 0.095492, 0.066987, 0.049516, 0.038060
  };

  @TempDir Path home;

  @Test
  void autoregressiveRoundsFollowOneCosine() {
    RoundRate rate = rate("trainer.schedule=autoregressive", "trainer.learningRate=0.002");

    for (int round = 1; round <= FACTORS.length; round++) {
      assertThat(rate.highest(round)).isCloseTo(0.002 * FACTORS[round - 1], within(1e-9));
    }
  }

  @Test
  void laterRoundsWarmUpToo() {
    RoundRate rate =
        rate(
            "trainer.warmupSteps=4",
            "trainer.roundWarmupSteps=2",
            "trainer.learningRate=1",
            "trainer.annealShare=0");

    assertThat(rate.at(0, 1, 0, 10)).isEqualTo(0.25);
    assertThat(rate.at(4, 1, 4, 10)).isEqualTo(1);
    assertThat(rate.at(10, 2, 0, 10)).isEqualTo(0.5);
    assertThat(rate.at(11, 2, 1, 10)).isEqualTo(1);
  }

  @Test
  void anUnknownScheduleIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rate("trainer.schedule=cosine"))
        .withMessageContaining("flat or autoregressive");
  }

  private RoundRate rate(String... assignments) {
    return new RoundRate(Settings.of(home, assignments).trainer());
  }
}
