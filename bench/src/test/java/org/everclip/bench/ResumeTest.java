package org.everclip.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.everclip.clip.network.Precision;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The short form of {@code bench/run Resume}. */
class ResumeTest {

  @ParameterizedTest
  @EnumSource(Precision.class)
  void otherProcessesComeToTheSameBits(Precision precision) throws Exception {
    Resume.Outcome outcome = Resume.compare(precision, 20);

    assertThat(outcome.again()).isEqualTo(outcome.whole());
    assertThat(outcome.resumed()).isEqualTo(outcome.whole());
  }
}
