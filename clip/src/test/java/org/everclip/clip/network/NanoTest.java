package org.everclip.clip.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.everclip.clip.script.TorchScript;
import org.everclip.clip.weights.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NanoTest {

  private static final int VOCABULARY = 4096;
  private static final int BATCH = 6;

  @ParameterizedTest
  @CsvSource({
    "mobileclip-nano, 1.0e6, 1.3e6",
    "mobileclip-nano-teacher, 1.2e6, 1.8e6",
    "vit-nano-teacher, 1.2e6, 1.8e6",
    "coca-nano, 2.0e6, 3.1e6",
    "mobileclip_s0, 53.8e6, 53.9e6",
    "ViT-L-14, 427.6e6, 427.7e6",
    "coca_ViT-L-14, 638.4e6, 638.5e6"
  })
  void hasTheSizeItIsNamedFor(String name, double min, double max) {
    var architecture = Architecture.named(name);
    if (architecture.text().vocabularySize() == 0) {
      architecture = architecture.withVocabularySize(VOCABULARY);
    }
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);

    assertThat((double) network.parameters().stream().mapToLong(TensorSpec::size).sum())
        .isBetween(min, max);
  }

  @ParameterizedTest
  @CsvSource({
    "mobileclip_s0, 53847681",
    "mobileclip_s1, 84969217",
    "mobileclip_s2, 99242817",
    "ViT-L-14, 427616513",
    "coca_ViT-L-14, 638450177"
  })
  void publishedModelsHaveThePublishedNumberOfParameters(String name, long expected) {
    var network = Networks.create(Architecture.named(name), Precision.FP32, Form.TRAIN);

    assertThat(network.parameters().stream().mapToLong(TensorSpec::size).sum()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"mobileclip-nano", "mobileclip-nano-teacher", "vit-nano-teacher", "coca-nano"})
  void everyParameterHasAGradientAndEveryBufferMoves(String name) {
    var architecture = Architecture.named(name).withVocabularySize(VOCABULARY);
    try (var manager = NDManager.newBaseManager()) {
      var network = Networks.create(architecture, Precision.BF16, Form.TRAIN);
      var weights = Weights.initialize(network, manager, 1);
      weights.parameters().forEach(array -> array.setRequiresGradient(true));
      var before = weights.buffers().stream().map(NDArray::toFloatArray).toList();

      var gradients =
          TorchScript.load(manager, network.source() + gradients(network.captions()))
              .call(
                  "gradients",
                  true,
                  manager,
                  List.of(weights.parameters(), weights.buffers()),
                  images(manager),
                  ids(manager, network));

      var without = new ArrayList<String>();
      for (int i = 0; i < network.parameters().size(); i++) {
        double norm = gradients.get(i).norm().getFloat();
        if (!(norm > 0)) {
          without.add(network.parameters().get(i).name());
        }
      }
      assertThat(without).isEmpty();
      for (int i = 0; i < before.size(); i++) {
        assertThat(weights.buffers().get(i).toFloatArray())
            .as(network.buffers().get(i).name())
            .isNotEqualTo(before.get(i));
      }
    }
  }

  @Test
  void theSameSeedGivesTheSameWeights() {
    var architecture = Architecture.named("mobileclip-nano").withVocabularySize(VOCABULARY);
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    try (var manager = NDManager.newBaseManager()) {
      var first = Weights.initialize(network, manager, 11);
      var second = Weights.initialize(network, manager, 11);
      var other = Weights.initialize(network, manager, 12);

      var name = "text_encoder.projection_layer";
      assertThat(second.get(name).toFloatArray()).isEqualTo(first.get(name).toFloatArray());
      assertThat(other.get(name).toFloatArray()).isNotEqualTo(first.get(name).toFloatArray());
    }
  }

  @Test
  void readsBackTheArchitectureItWrites() {
    for (var name : Networks.names()) {
      var architecture = Architecture.named(name);
      assertThat(Architecture.parse(architecture.toJson())).isEqualTo(architecture);
    }
  }

  @Test
  void asksForTheVocabularyAndForAKnownName() {
    var nano = Architecture.named("mobileclip-nano");
    assertThatThrownBy(() -> Networks.create(nano, Precision.FP32, Form.TRAIN))
        .hasMessageContaining("withVocabularySize");
    assertThatThrownBy(() -> Architecture.named("mobileclip-giga"))
        .hasMessageContaining("mobileclip-nano");
  }

  private static String gradients(boolean captions) {
    return """
      def gradients(self, p: List[Tensor], b: List[Tensor], x: Tensor, ids: Tensor) -> List[Tensor]:
        i = self.image(p, b, x, True)
        t = self.text(p, b, ids, True)
        i = i / torch.linalg_vector_norm(i, 2., [-1], True)
        t = t / torch.linalg_vector_norm(t, 2., [-1], True)
        z = torch.exp(p[0]) * torch.matmul(i, torch.t(t))
        loss = torch.cross_entropy_loss(z, torch.arange(z.size(0)))
    %s
        out = annotate(List[Tensor], [])
        for g in torch.grad([loss], p):
          if g is not None:
            out.append(g)
        return out
    """
        .formatted(
            captions
                ? "    loss = loss + torch.mean(self.caption_logits(p, b, x, ids, True) ** 2)\n"
                : "");
  }

  private static NDArray images(NDManager manager) {
    var random = new Random(2);
    var pixels = new float[BATCH * 3 * 64 * 64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    return manager.create(pixels, new Shape(BATCH, 3, 64, 64));
  }

  private static NDArray ids(NDManager manager, Network network) {
    int context = network.contextLength();
    var random = new Random(4);
    var ids = new long[BATCH * context];
    for (int row = 0; row < BATCH; row++) {
      for (int i = 0; i < 8; i++) {
        ids[row * context + i] = 1 + random.nextInt(VOCABULARY - 3);
      }
      ids[row * context + 8] = VOCABULARY - 1;
    }
    // CoCa's class token is seen by itself only if the last id is not padding.
    for (int row = 0; network.captions() && row < BATCH; row++) {
      ids[(row + 1) * context - 1] = 1;
    }
    return manager.create(ids, new Shape(BATCH, context));
  }
}
