package org.everclip.clip.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import java.util.stream.Stream;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Embeddings;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Naming;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.network.TensorSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NamingsTest {

  private static final String BIAS = "visual.trunk.head.fc.bias";

  private static final Architecture OPEN_CLIP = Golden.architecture("open_clip_tiny_mci0");
  private static final Architecture ORIGINAL = OPEN_CLIP.withNaming(Naming.ORIGINAL);
  private static final Architecture HYBRID = Golden.architecture("mobileclip_tiny_b");

  /** What remains when the same kernels add in another order. */
  private static final double ROUNDING = 3e-7;

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void frees() {
    manager.close();
  }

  @Test
  void bothNamingsGiveTheSameEmbeddings() {
    var original = fill(ORIGINAL);
    original.batchesTracked(17);

    var converted = Namings.convert(ORIGINAL, original, OPEN_CLIP, manager);

    assertThat(embeddings(OPEN_CLIP, converted).distance(embeddings(ORIGINAL, original)))
        .isLessThan(ROUNDING);
    assertThat(converted.batchesTracked()).isEqualTo(17);
  }

  @Test
  void thereAndBackIsTheSame() {
    var original = fill(ORIGINAL);

    var back =
        Namings.convert(
            OPEN_CLIP, Namings.convert(ORIGINAL, original, OPEN_CLIP, manager), ORIGINAL, manager);

    assertSame(back, original);
  }

  @Test
  void foldedWeightsAreConvertedAndFoldingCommutesWithIt() {
    var original = fill(ORIGINAL);
    var folded = Reparameterizer.reparameterize(ORIGINAL, original, manager);

    var converted = Namings.convert(ORIGINAL, folded, OPEN_CLIP, manager);

    var train = Namings.convert(ORIGINAL, original, OPEN_CLIP, manager);
    assertSame(converted, Reparameterizer.reparameterize(OPEN_CLIP, train, manager));
  }

  @Test
  void aHeadBiasThatIsNotZeroHasNoPlaceInTheOriginalNaming() {
    var weights = fill(OPEN_CLIP);

    assertThatThrownBy(() -> Namings.convert(OPEN_CLIP, weights, ORIGINAL, manager))
        .hasMessageContaining(BIAS)
        .hasMessageContaining("has no bias");
  }

  @Test
  void theConvolutionalTextTowerHasNoFormInOpenClip() {
    var mct = Golden.architecture("mobileclip_tiny_s0");
    var weights = fill(mct);

    assertThatThrownBy(() -> Namings.convert(mct, weights, OPEN_CLIP, manager))
        .hasMessageContaining("MCt");
    assertThatThrownBy(() -> mct.withNaming(Naming.OPEN_CLIP)).hasMessageContaining("MCt");
    assertThat(Namings.openClipRefusal(mct).orElseThrow()).contains("MCt");
  }

  @Test
  void towersOfTheSecondPublicationHaveNoOriginalNaming() {
    assertThatThrownBy(() -> Architecture.named("MobileCLIP2-S4").withNaming(Naming.ORIGINAL))
        .hasMessageContaining("OPEN_CLIP only");
    assertThatThrownBy(() -> Architecture.named("MobileCLIP2-L-14").withNaming(Naming.ORIGINAL))
        .hasMessageContaining("OPEN_CLIP only");
  }

  @Test
  void otherSizesAreRefused() {
    var weights = fill(ORIGINAL);

    assertThatThrownBy(
            () ->
                Namings.convert(
                    ORIGINAL, weights, Golden.architecture("open_clip_tiny_mci3"), manager))
        .hasMessageContaining("sizes or settings differ");
    assertThatThrownBy(() -> Namings.convert(HYBRID, weights, HYBRID.withName("b"), manager))
        .hasMessageContaining("not of the network 'mobileclip_tiny_b'");
  }

  @Test
  void theTwoDialectsOfMobileClipBDifferInTheStemsPadding() {
    var weights = fill(HYBRID);
    var renamed = Namings.rename(HYBRID, weights, hybrid(1, 1e-5), Form.TRAIN, manager);
    var original = embeddings(HYBRID, weights);

    assertThat(embeddings(hybrid(0, 1e-5), renamed).distance(original)).isGreaterThan(1e-3);
    assertThat(embeddings(hybrid(1, 1e-5), renamed).distance(original)).isLessThan(ROUNDING);
  }

  @Test
  void theTwoDialectsOfMobileClipBDifferInTheLayerNormsEpsilon() {
    var architecture = hybrid(0, 1e-6);
    var weights = fill(architecture);

    var timm = embeddings(architecture, weights);

    assertThat(embeddings(hybrid(0, 1e-5), weights).distance(timm)).isBetween(4e-7, 1e-4);
    assertThat(embeddings(hybrid(0, 1e-6), weights).distance(timm)).isZero();
  }

  @Test
  void conversionsThatWouldChangeMobileClipBsEmbeddingsAreRefused() {
    var weights = fill(HYBRID);

    assertThatThrownBy(() -> Namings.convert(HYBRID, weights, hybrid(0, 1e-6), manager))
        .hasMessageContaining("stemPadding 1 and normEpsilon 1.0E-5 differ from 0 and 1.0E-6");
    assertThatThrownBy(() -> Namings.convert(HYBRID, weights, hybrid(1, 1e-5), manager))
        .hasMessageContaining("open_clip computes this tower with 0");
    var timm = hybrid(0, 1e-6);
    var original = timm.withNaming(Naming.ORIGINAL);
    var there = fill(original);
    var converted = Namings.convert(original, there, timm, manager);
    assertThat(embeddings(timm, converted).distance(embeddings(original, there)))
        .isLessThan(ROUNDING);
  }

  private static Architecture hybrid(int stemPadding, double epsilon) {
    return Architecture.parse(
        HYBRID
            .withNaming(Naming.OPEN_CLIP)
            .toJson()
            .replace("\"stemPadding\" : 1", "\"stemPadding\" : " + stemPadding)
            .replace("\"normEpsilon\" : 1.0E-5", "\"normEpsilon\" : " + epsilon));
  }

  private Weights fill(Architecture architecture) {
    return Weights.of(network(architecture), manager, Golden::fill);
  }

  private static Embeddings embeddings(Architecture architecture, Weights weights) {
    return Embeddings.of(network(architecture), weights, Golden.json(HYBRID.name()));
  }

  private static Network network(Architecture architecture) {
    return Networks.create(architecture, Precision.FP32, Form.TRAIN);
  }

  private static void assertSame(Weights actual, Weights expected) {
    assertThat(actual.parameterSpecs()).isEqualTo(expected.parameterSpecs());
    assertThat(actual.bufferSpecs()).isEqualTo(expected.bufferSpecs());
    Stream.concat(expected.parameterSpecs().stream(), expected.bufferSpecs().stream())
        .map(TensorSpec::name)
        .forEach(
            name ->
                assertThat(actual.get(name).toFloatArray())
                    .as(name)
                    .isEqualTo(expected.get(name).toFloatArray()));
  }
}
