package org.everclip.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CompactWeightsTest {

  @Test
  void roundsToTheNearestBfloat16() {
    assertThat(CompactWeights.bfloat16(1f)).isEqualTo((short) 0x3f80);
    assertThat(CompactWeights.bfloat16(Float.intBitsToFloat(0x3f808001))).isEqualTo((short) 0x3f81);
    assertThat(CompactWeights.bfloat16(Float.intBitsToFloat(0x3f808000))).isEqualTo((short) 0x3f80);
    assertThat(CompactWeights.bfloat16(Float.NaN) & 0x7f80).isEqualTo(0x7f80);
  }
}
