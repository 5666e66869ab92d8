package org.everclip.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import org.everclip.clip.network.Precision;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PeakFlopsTest {

  @ParameterizedTest
  @EnumSource(Precision.class)
  void everyPrecisionThatTrainsIsMeasured(Precision precision) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      assertThat(PeakFlops.measure(manager, precision)).isBetween(1e8, 1e15);
    }
  }
}
