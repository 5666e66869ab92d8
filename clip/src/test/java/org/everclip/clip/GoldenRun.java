package org.everclip.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.everclip.clip.network.Embeddings.distance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.network.TensorSpec;
import org.everclip.clip.script.TorchScript;
import org.everclip.clip.training.Losses;
import org.everclip.clip.weights.Reparameterizer;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;

/**
 * How far a model is from the reference's numbers for equal weights and inputs: the largest
 * absolute differences, NaN where a number does not apply.
 *
 * @param image of normalized embeddings
 * @param folded of normalized embeddings of the reparameterized form, images and texts
 * @param kernels of the folded tensors' first values and, relatively, their lengths
 * @param captionLogits of the decoder's logits
 * @param captionLoss of the mean cross entropy
 * @param greedyMatches sequences that are equal id for id, of {@code greedySequences}
 */
record GoldenRun(
    long parameters,
    double image,
    double text,
    double logits,
    double folded,
    double kernels,
    double captionLogits,
    double captionLoss,
    int greedyMatches,
    int greedySequences) {

  /** Of normalized embeddings: float32 and float64 differ by 2.8e-7. */
  private static final double EMBEDDING = 2e-6;

  /** Of MobileCLIP-B, where a wrong epsilon of the layer norms shows as 2e-6. */
  private static final double HYBRID_EMBEDDING = 1e-6;

  private static final double LOGITS = 1e-3;
  private static final double KERNEL = 2e-6;
  private static final double LOSS = 1e-5;

  private static final String CAPTION_METHODS =
      """
        def golden_logits(self, p: List[Tensor], b: List[Tensor], x: Tensor, ids: Tensor) -> Tensor:
          return self.caption_logits(p, b, x, ids, False)
      """;

  /** Fills the model by the goldens' rule and compares everything that the golden file lists. */
  static GoldenRun of(Architecture architecture, JsonNode golden) {
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    try (var manager = NDManager.newBaseManager("PyTorch");
        var weights = Weights.of(network, manager, Golden::fill)) {
      var plain = Served.of(network, weights, golden);
      double folded = Double.NaN;
      double kernels = Double.NaN;
      if (Networks.canBeReparameterized(architecture)) {
        try (var fused = Reparameterizer.reparameterize(architecture, weights, manager)) {
          var form = Networks.create(architecture, Precision.FP32, Form.REPARAMETERIZED);
          var embeddings = Served.of(form, fused, golden);
          folded = Math.max(embeddings.imageError(golden), embeddings.textError(golden));
          kernels = kernelError(fused, golden);
        }
      }
      var captions = Captions.of(architecture, network, weights, golden);
      return new GoldenRun(
          network.parameters().stream().mapToLong(TensorSpec::size).sum(),
          plain.imageError(golden),
          plain.textError(golden),
          plain.logitsError(golden),
          folded,
          kernels,
          captions.logits,
          captions.loss,
          captions.matches,
          captions.sequences);
    }
  }

  /** Fails if a number differs by more than rounding; reference: goldens, section 2. */
  void verify(Architecture architecture) {
    double most = architecture.hybridVit() == null ? EMBEDDING : HYBRID_EMBEDDING;
    assertThat(image).as("image embeddings").isLessThan(most);
    assertThat(text).as("text embeddings").isLessThan(EMBEDDING);
    assertThat(logits).as("logits").isLessThan(LOGITS);
    if (Networks.canBeReparameterized(architecture)) {
      assertThat(folded).as("embeddings of the folded form").isLessThan(EMBEDDING);
      assertThat(kernels).as("folded kernels").isLessThan(KERNEL);
    }
    if (architecture.decoder() != null) {
      assertThat(captionLogits).as("caption logits").isLessThan(LOGITS);
      assertThat(captionLoss).as("caption loss").isLessThan(LOSS);
      assertThat(greedyMatches).as("greedy captions").isEqualTo(greedySequences).isPositive();
    }
  }

  /** A row of the table of {@link #HEADER}. */
  String row(String name) {
    return "| %s | %,d | %s | %s | %s | %s | %s | %s | %s | %s |"
        .formatted(
            name,
            parameters,
            digits(image),
            digits(text),
            digits(logits),
            digits(folded),
            digits(kernels),
            digits(captionLogits),
            digits(captionLoss),
            greedySequences == 0 ? "" : greedyMatches + " of " + greedySequences);
  }

  static final String HEADER =
      """
      | model | parameters | image | text | logits | folded form | folded kernels | caption logits | caption loss | greedy captions |
      |---|---|---|---|---|---|---|---|---|---|""";

  private static String digits(double value) {
    return Double.isNaN(value) ? "" : "%.1e".formatted(value);
  }

  private static double kernelError(Weights folded, JsonNode golden) {
    double error = 0;
    var tensors = golden.get("reparameterized").get("fused_tensors");
    for (var fields = tensors.fields(); fields.hasNext(); ) {
      var tensor = fields.next();
      var values = folded.get(tensor.getKey()).toFloatArray();
      var first = tensor.getValue().get("first8");
      for (int i = 0; i < first.size(); i++) {
        error = Math.max(error, Math.abs(values[i] - first.get(i).asDouble()));
      }
      double length = tensor.getValue().get("l2").asDouble();
      error = Math.max(error, Math.abs(length(values) - length) / length);
    }
    return error;
  }

  private static double length(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  private static float[] pixels(Network network) {
    return Golden.images("input.image", 2, network.imageSize());
  }

  /** By the runtime that services use: rows of length 1. */
  private record Served(float[] image, float[] text, double scale) {

    static Served of(Network network, Weights weights, JsonNode golden) {
      int size = network.imageSize();
      double scale = Math.exp(weights.get("logit_scale").toFloatArray()[0]);
      try (var runtime = Runtime.of(network, weights)) {
        return new Served(
            runtime.floatRows("encode_image", pixels(network), 2, 3, size, size),
            runtime.idRows("encode_text", Golden.tokens(golden), Runtime::bucket),
            scale);
      }
    }

    double imageError(JsonNode golden) {
      return distance(image, Golden.flat(golden.get("image_embedding")));
    }

    double textError(JsonNode golden) {
      return distance(text, Golden.flat(golden.get("text_embedding")));
    }

    double logitsError(JsonNode golden) {
      int texts = golden.get("text_embedding").size();
      int width = text.length / texts;
      var logits = new float[2 * texts];
      for (int i = 0; i < logits.length; i++) {
        double cosine = 0;
        for (int k = 0; k < width; k++) {
          cosine += (double) image[i / texts * width + k] * text[i % texts * width + k];
        }
        logits[i] = (float) (scale * cosine);
      }
      return distance(logits, Golden.flat(golden.get("logits_per_image")));
    }
  }

  /** What a captioner adds. */
  private record Captions(double logits, double loss, int matches, int sequences) {

    static Captions of(
        Architecture architecture, Network network, Weights weights, JsonNode golden) {
      if (!network.captions()) {
        return new Captions(Double.NaN, Double.NaN, 0, 0);
      }
      try (var scope = weights.manager().newSubManager()) {
        var script = TorchScript.load(scope, network.source() + CAPTION_METHODS);
        var lists = List.of(weights.parameters(), weights.buffers());
        int size = network.imageSize();
        // The golden shows the captions 0, 1, 2 with the pictures 0, 1, 0.
        var rows = Arrays.copyOf(pixels(network), 3 * 3 * size * size);
        System.arraycopy(rows, 0, rows, 2 * 3 * size * size, 3 * size * size);
        var images = scope.create(rows, new Shape(3, 3, size, size));
        var ids = ids(scope, Golden.tokens(golden));
        var logits = script.call("golden_logits", false, scope, lists, images, ids).get(0);
        double loss = Losses.load(scope).captioning(logits.get(":, :-1"), ids.get(":, 1:"), 0);
        var greedy = golden.get("greedy");
        var sequences = greedy(architecture, weights, greedy.get("steps").asInt());
        return new Captions(
            logitsError(logits, golden.get("decoder_logits").get("positions")),
            Math.abs(loss - golden.get("caption_loss").asDouble()),
            matches(sequences, greedy.get("ids")),
            sequences.length);
      }
    }

    private static NDArray ids(NDManager scope, long[][] rows) {
      var flat = Stream.of(rows).flatMapToLong(Arrays::stream).toArray();
      return scope.create(flat, new Shape(rows.length, rows[0].length));
    }

    private static double logitsError(NDArray logits, JsonNode positions) {
      double error = 0;
      for (var position : positions) {
        var row =
            logits.get(position.get("row").asLong(), position.get("pos").asLong()).toFloatArray();
        double sum = 0;
        for (float value : row) {
          sum += Math.exp(value);
        }
        error = Math.max(error, Math.abs(Math.log(sum) - position.get("logsumexp").asDouble()));
        for (int i = 0; i < position.get("first8").size(); i++) {
          error = Math.max(error, Math.abs(row[i] - position.get("first8").get(i).asDouble()));
        }
        for (int i = 0; i < position.get("top5").size(); i++) {
          int id = position.get("top5_ids").get(i).asInt();
          error = Math.max(error, Math.abs(row[id] - position.get("top5").get(i).asDouble()));
        }
      }
      return error;
    }

    private static long[][] greedy(Architecture architecture, Weights weights, int steps) {
      int size = architecture.imageSize();
      var pixels = Golden.images("input.image", 2, size);
      int half = pixels.length / 2;
      var pictures =
          List.of(Arrays.copyOf(pixels, half), Arrays.copyOfRange(pixels, half, 2 * half));
      try (var captioner =
          Captioner.of(
              architecture,
              weights,
              NumberTokenizer.of(architecture),
              Preprocessing.plain(size),
              Precision.FP32)) {
        return captioner.generate(pictures, 1, Decoding.greedy(steps + 1), (row, length) -> 0);
      }
    }

    private static int matches(long[][] sequences, JsonNode expected) {
      int matches = 0;
      for (int row = 0; row < sequences.length; row++) {
        var ids =
            StreamSupport.stream(expected.get(row).spliterator(), false)
                .mapToLong(JsonNode::asLong)
                .toArray();
        matches += Arrays.equals(sequences[row], ids) ? 1 : 0;
      }
      return matches;
    }
  }
}
