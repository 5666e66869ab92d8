package org.everclip.clip.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.everclip.clip.weights.Weights;
import org.junit.jupiter.api.Test;
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

  @ParameterizedTest
  @MethodSource("architectures")
  void embedsAsTheReferenceDoes(Architecture architecture) {
    try (var manager = NDManager.newBaseManager()) {
      var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
      var weights = Weights.of(network, manager, Golden::fill);

      var golden = Golden.json(architecture.name());

      var embeddings = Embeddings.of(network, weights, golden);

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

      var golden = Golden.json(architecture.name());

      var embeddings = Embeddings.of(network, weights, golden);

      assertThat(cosine(embeddings.image(), Golden.flat(golden.get("image_embedding")), 2))
          .isGreaterThan(BF16_COSINE);
      assertThat(cosine(embeddings.text(), Golden.flat(golden.get("text_embedding")), 3))
          .isGreaterThan(BF16_COSINE);
    }
  }

  /** Weights do not tell which activation they were trained with: only the numbers do. */
  @Test
  void geluAndQuickGeluTakeTheSameWeightsAndDiffer() {
    var gelu = network(Golden.architecture("open_clip_tiny_clip"));
    var quick = network(Golden.architecture("open_clip_tiny_clip_quickgelu"));
    assertThat(quick.parameters()).isEqualTo(gelu.parameters());
    try (var manager = NDManager.newBaseManager();
        var weights = Weights.of(gelu, manager, Golden::fill)) {
      var golden = Golden.json("open_clip_tiny_clip");

      var difference =
          Embeddings.of(quick, weights, golden).distance(Embeddings.of(gelu, weights, golden));

      assertThat(difference).isBetween(1e-4, 1e-1);
    }
  }

  /** With n ids that are not padding, published captioners see the keys 0 to n, one too many. */
  @Test
  void theCaptionersPaddingMaskIsShiftedByOne() {
    var network = network(Golden.TINY_COCA);
    var golden = Golden.json("open_clip_tiny_coca");
    int words = golden.get("tokens").get(0).size();
    try (var manager = NDManager.newBaseManager();
        var weights = Weights.of(network, manager, Golden::fill)) {
      var before = text(network, weights, golden);

      assertThat(textAfterMoving(words - 1, network, weights, golden)).isNotEqualTo(before);
      assertThat(textAfterMoving(words, network, weights, golden)).isNotEqualTo(before);
      assertThat(textAfterMoving(words + 1, network, weights, golden)).isEqualTo(before);
    }
  }

  /** The first text's embedding when the position table is another in one row. */
  private static float[] textAfterMoving(
      int row, Network network, Weights weights, JsonNode golden) {
    try (var changed =
        Weights.of(
            network,
            weights.manager(),
            spec -> {
              var values = Golden.fill(spec);
              if (spec.name().equals("text.positional_embedding")) {
                values[row * (int) spec.shape()[1]] += 1;
              }
              return values;
            })) {
      return text(network, changed, golden);
    }
  }

  private static float[] text(Network network, Weights weights, JsonNode golden) {
    return Arrays.copyOf(Embeddings.of(network, weights, golden).text(), network.embedDim());
  }

  private static Network network(Architecture architecture) {
    return Networks.create(architecture, Precision.FP32, Form.TRAIN);
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
