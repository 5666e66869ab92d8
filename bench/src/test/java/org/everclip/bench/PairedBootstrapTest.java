package org.everclip.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairedBootstrapTest {

  @Test
  void seesAClearDifference() {
    double[] before = new double[400];
    double[] after = new double[400];
    for (int i = 0; i < 400; i++) {
      before[i] = i % 5 == 0 ? 1 : 0;
      after[i] = i % 4 == 0 ? 1 : before[i];
    }

    var result = PairedBootstrap.compare(List.of(before), List.of(after), 1);

    assertThat(result.difference()).isCloseTo(20, within(1.0));
    assertThat(result.low()).isPositive();
    assertThat(result.better()).isGreaterThan(0.99);
  }

  @Test
  void isUndecidedOnNoise() {
    var random = new Random(20261123);
    double[] before = random.doubles(300).map(x -> x < 0.3 ? 1 : 0).toArray();
    double[] after = random.doubles(300).map(x -> x < 0.3 ? 1 : 0).toArray();

    var result = PairedBootstrap.compare(List.of(before), List.of(after), 1);

    assertThat(result.low()).isNegative();
    assertThat(result.high()).isPositive();
  }
}
