package org.everclip.clip.network;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.everclip.clip.script.TorchScript;
import org.everclip.clip.weights.Weights;

/** Rows of length 1 for a golden file's inputs, by the network's text as it is written. */
public record Embeddings(float[] image, float[] text) {

  private static final String METHOD =
      """
        def embed(self, p: List[Tensor], b: List[Tensor], x: Tensor, ids: Tensor) -> List[Tensor]:
          i = self.image(p, b, x, False)
          t = self.text(p, b, ids, False)
          return [i / torch.linalg_vector_norm(i, 2., [-1], True), t / torch.linalg_vector_norm(t, 2., [-1], True)]
      """;

  public static Embeddings of(Network network, Weights weights, JsonNode golden) {
    try (var scope = weights.manager().newSubManager()) {
      var script = TorchScript.load(scope, network.source() + METHOD);
      int size = network.imageSize();
      var images = scope.create(Golden.images("input.image", 2, size), new Shape(2, 3, size, size));
      var rows = Golden.tokens(golden);
      var flat = Stream.of(rows).flatMapToLong(Arrays::stream).toArray();
      var ids = scope.create(flat, new Shape(rows.length, rows[0].length));
      var lists = List.of(weights.parameters(), weights.buffers());
      var result = script.call("embed", false, scope, lists, images, ids);
      return new Embeddings(result.get(0).toFloatArray(), result.get(1).toFloatArray());
    }
  }

  /** The largest absolute difference of any number. */
  public double distance(Embeddings other) {
    return Math.max(distance(image, other.image), distance(text, other.text));
  }

  public static double distance(float[] a, float[] b) {
    double distance = a.length == b.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      distance = Math.max(distance, Math.abs(a[i] - b[i]));
    }
    return distance;
  }
}
