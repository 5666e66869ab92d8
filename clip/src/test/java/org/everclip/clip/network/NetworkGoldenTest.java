package org.everclip.clip.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.everclip.clip.script.TorchScript;
import org.everclip.clip.weights.Reparameterizer;
import org.everclip.clip.weights.Weights;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares with the reference packages' numbers for equal weights and inputs. */
class NetworkGoldenTest {

  /** float32 against float64 differs by 2.8e-7; more than this is an error in the network. */
  private static final float TOLERANCE = 2e-6f;

  /** bfloat16 has 8 bits of precision. */
  private static final double BF16_COSINE = 0.998;

  static Stream<Architecture> architectures() {
    return Golden.TINY.stream().map(Golden::architecture);
  }

  static Stream<Architecture> foldedArchitectures() {
    return architectures().filter(Networks::canBeReparameterized);
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void embedsAsTheReferenceDoes(Architecture architecture) {
    try (var manager = NDManager.newBaseManager()) {
      var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
      var weights = Weights.of(network, manager, Golden::fill);

      var embeddings = embeddings(network, weights, manager);

      var golden = Golden.json(architecture.name());
      assertThat(embeddings.image())
          .containsExactly(Golden.flat(golden.get("image_embedding")), within(TOLERANCE));
      assertThat(embeddings.text())
          .containsExactly(Golden.flat(golden.get("text_embedding")), within(TOLERANCE));
    }
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void bfloat16StaysCloseToFloat32(Architecture architecture) {
    try (var manager = NDManager.newBaseManager()) {
      var network = Networks.create(architecture, Precision.BF16, Form.TRAIN);
      var weights = Weights.of(network, manager, Golden::fill);

      var embeddings = embeddings(network, weights, manager);

      var golden = Golden.json(architecture.name());
      assertThat(cosine(embeddings.image(), Golden.flat(golden.get("image_embedding")), 2))
          .isGreaterThan(BF16_COSINE);
      assertThat(cosine(embeddings.text(), Golden.flat(golden.get("text_embedding")), 3))
          .isGreaterThan(BF16_COSINE);
    }
  }

  @ParameterizedTest
  @MethodSource("foldedArchitectures")
  void theReparameterizedFormGivesTheSameEmbeddings(Architecture architecture) {
    try (var manager = NDManager.newBaseManager()) {
      var train = Networks.create(architecture, Precision.FP32, Form.TRAIN);
      var weights = Weights.of(train, manager, Golden::fill);
      var folded = Reparameterizer.reparameterize(architecture, weights, manager);
      var network = Networks.create(architecture, Precision.FP32, Form.REPARAMETERIZED);

      var embeddings = embeddings(network, folded, manager);

      var golden = Golden.json(architecture.name());
      assertThat(embeddings.image())
          .containsExactly(Golden.flat(golden.get("image_embedding")), within(TOLERANCE));
      assertThat(embeddings.text())
          .containsExactly(Golden.flat(golden.get("text_embedding")), within(TOLERANCE));
    }
  }

  @ParameterizedTest
  @MethodSource("foldedArchitectures")
  void foldsEveryBlockToTheReferencesKernel(Architecture architecture) {
    try (var manager = NDManager.newBaseManager()) {
      var train = Networks.create(architecture, Precision.FP32, Form.TRAIN);
      var folded =
          Reparameterizer.reparameterize(
              architecture, Weights.of(train, manager, Golden::fill), manager);

      var tensors = Golden.json(architecture.name()).get("reparameterized").get("fused_tensors");

      assertThat(tensors.size()).isPositive();
      tensors
          .fields()
          .forEachRemaining(
              tensor -> {
                var array = folded.get(tensor.getKey());
                var expected = tensor.getValue();
                var first = new float[expected.get("first8").size()];
                for (int i = 0; i < first.length; i++) {
                  first[i] = (float) expected.get("first8").get(i).asDouble();
                }
                assertThat(Arrays.copyOf(array.toFloatArray(), first.length))
                    .as(tensor.getKey())
                    .containsExactly(first, within(TOLERANCE));
              });
    }
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void hasTheReferencesNamesAndShapes(Architecture architecture) {
    var train = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    boolean original = architecture.naming() == Naming.ORIGINAL;

    assertThat(shapes(train))
        .isEqualTo(tracked(architecture.name() + (original ? ".train.tsv" : ".tsv")));
    if (Networks.canBeReparameterized(architecture)) {
      var folded = Networks.create(architecture, Precision.FP32, Form.REPARAMETERIZED);
      assertThat(shapes(folded)).isEqualTo(tracked(architecture.name() + ".reparam.tsv"));
    }
  }

  /** A listing without the batch counters, which are written beside the network's tensors. */
  private static Map<String, List<Long>> tracked(String listing) {
    var shapes = Golden.listing(listing);
    shapes.keySet().removeIf(name -> name.endsWith(".num_batches_tracked"));
    return shapes;
  }

  private static Map<String, List<Long>> shapes(Network network) {
    var shapes = new TreeMap<String, List<Long>>();
    Stream.concat(network.parameters().stream(), network.buffers().stream())
        .forEach(spec -> shapes.put(spec.name(), LongStream.of(spec.shape()).boxed().toList()));
    return shapes;
  }

  record Embeddings(float[] image, float[] text) {}

  private static Embeddings embeddings(Network network, Weights weights, NDManager manager) {
    var script =
        TorchScript.load(
            manager,
            network.source()
                + """
                  def embed(self, p: List[Tensor], b: List[Tensor], x: Tensor, ids: Tensor) -> List[Tensor]:
                    i = self.image(p, b, x, False)
                    t = self.text(p, b, ids, False)
                    return [i / torch.linalg_vector_norm(i, 2., [-1], True), t / torch.linalg_vector_norm(t, 2., [-1], True)]
                """);
    var golden = Golden.json(network.name());
    int size = network.imageSize();
    var images = manager.create(Golden.images("input.image", 2, size), new Shape(2, 3, size, size));
    var ids = manager.create(Golden.tokens(golden)[0]).reshape(1, -1);
    for (int i = 1; i < Golden.tokens(golden).length; i++) {
      ids = ids.concat(manager.create(Golden.tokens(golden)[i]).reshape(1, -1), 0);
    }
    var result =
        script.call(
            "embed", false, manager, List.of(weights.parameters(), weights.buffers()), images, ids);
    return new Embeddings(result.get(0).toFloatArray(), result.get(1).toFloatArray());
  }

  private static double cosine(float[] a, float[] b, int rows) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum / rows;
  }

  private static org.assertj.core.data.Offset<Float> within(float tolerance) {
    return org.assertj.core.data.Offset.offset(tolerance);
  }
}
