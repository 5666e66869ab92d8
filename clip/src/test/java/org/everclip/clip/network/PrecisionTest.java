package org.everclip.clip.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PrecisionTest {

  @Test
  void bfloat16IsChosenWhereTheProcessorMultipliesInIt() {
    assertThat(features("flags\t\t: fpu avx2 avx512f avx512_bf16").bfloat16()).isTrue();
    assertThat(features("flags : fpu amx_bf16 amx_tile").bfloat16()).isTrue();
    assertThat(features("Features : fp asimd bf16 i8mm").bfloat16()).isTrue();
  }

  @Test
  void float32IsChosenElsewhere() {
    assertThat(features("flags\t\t: fpu avx2 fma avx512f").bfloat16()).isFalse();
    assertThat(ProcessorFeatures.of(Stream.of("processor\t: 0")).bfloat16()).isFalse();
  }

  @Test
  void weightsArePackedWhereOneDnnEmulatesBfloat16() {
    assertThat(features("flags : avx2 avx512f avx512bw avx512vl avx512dq").packsBfloat16())
        .isTrue();
    assertThat(features("Features : fp asimd bf16").packsBfloat16()).isTrue();
    assertThat(features("flags : avx2 fma").packsBfloat16()).isFalse();
  }

  @Test
  void aSettingNamesItsPrecision() {
    assertThat(Precision.named("BF16")).isEqualTo(Precision.BF16);
    assertThat(Precision.named("fp32")).isEqualTo(Precision.FP32);
    assertThat(Precision.named("auto").setting()).isIn("fp32", "bf16");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Precision.named("fp16"))
        .withMessageContaining("auto, fp32 or bf16");
  }

  private static ProcessorFeatures features(String line) {
    return ProcessorFeatures.of(Stream.of("processor\t: 0", line));
  }
}
