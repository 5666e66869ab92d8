package org.everclip.trainer.publish;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Random;
import org.everclip.clip.ClipModel;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.script.TorchScript;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.weights.Weights;

/**
 * Compares the form that trains with the form that runs, both as read from the files that are to be
 * published: unit embeddings of 32 fixed pictures and 32 fixed texts, in float32.
 */
final class Parity {

  /** The largest difference of any value at which a version may be published. */
  static final double TOLERANCE = 1e-4;

  private static final int INPUTS = 32;
  private static final long SEED = 20231128;
  private static final String METHODS =
      """

        def parity_image(self, p: List[Tensor], b: List[Tensor], x: Tensor) -> Tensor:
          y = self.image(p, b, x, False)
          return y / torch.clamp_min(torch.linalg_vector_norm(y, 2, [1], True), 1e-12)

        def parity_text(self, p: List[Tensor], b: List[Tensor], ids: Tensor) -> Tensor:
          y = self.text(p, b, ids, False)
          return y / torch.clamp_min(torch.linalg_vector_norm(y, 2, [1], True), 1e-12)
      """;

  private Parity() {}

  /** The largest absolute difference of two values; NaN if an embedding is not finite. */
  static double largestDifference(ModelDirectory directory) throws IOException {
    int side = directory.architecture().imageSize();
    int context = directory.architecture().text().contextLength();
    float[] pixels = pixels(INPUTS * 3 * side * side);
    Tokenizer tokenizer = directory.tokenizer();
    long[] ids = new long[INPUTS * context];
    long[][] rows = new long[INPUTS][];
    for (int i = 0; i < INPUTS; i++) {
      rows[i] =
          tokenizer.encode("fixed input number %d of a set of %d".formatted(i, INPUTS), context);
      System.arraycopy(rows[i], 0, ids, i * context, context);
    }
    Network network = Networks.create(directory.architecture(), Precision.FP32, Form.TRAIN);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Weights weights = directory.trainWeights(manager);
        ClipModel running = ClipModel.load(directory.path(), Precision.FP32)) {
      TorchScript script = TorchScript.load(manager, network.source() + METHODS);
      NDArray x = manager.create(pixels, new Shape(INPUTS, 3, side, side));
      NDArray tokens =
          manager.create(LongBuffer.wrap(ids), new Shape(INPUTS, context), DataType.INT64);
      double images =
          difference(
              embed(script, "parity_image", manager, weights, x),
              running.encodeImagePixels(pixels, INPUTS));
      double texts =
          difference(
              embed(script, "parity_text", manager, weights, tokens),
              flat(running.encodeIds(rows)));
      return Math.max(images, texts);
    }
  }

  private static float[] embed(
      TorchScript script, String method, NDManager manager, Weights weights, NDArray input) {
    return script
        .call(method, false, manager, List.of(weights.parameters(), weights.buffers()), input)
        .singletonOrThrow()
        .toFloatArray();
  }

  private static double difference(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new IllegalStateException(
          "the two forms give %d and %d values".formatted(a.length, b.length));
    }
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
    }
    return largest;
  }

  private static float[] pixels(int size) {
    var random = new Random(SEED);
    float[] pixels = new float[size];
    for (int i = 0; i < size; i++) {
      pixels[i] = random.nextFloat();
    }
    return pixels;
  }

  private static float[] flat(float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
    }
    return flat;
  }
}
