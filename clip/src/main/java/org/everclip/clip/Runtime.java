package org.everclip.clip;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntUnaryOperator;
import org.everclip.clip.network.Network;
import org.everclip.clip.script.TorchScript;
import org.everclip.clip.weights.Weights;

/**
 * A network with weights, ready to be called without training from any thread. Owns all its native
 * memory.
 */
final class Runtime implements AutoCloseable {

  /** Batches are padded to one of these sizes, so that few shapes exist. */
  private static final int[] BUCKETS = {1, 2, 4, 8, 16, 32};

  private static final String METHODS =
      """
        def encode_image(self, p: List[Tensor], b: List[Tensor], x: Tensor) -> Tensor:
          y = self.image(p, b, x, False)
          return y / torch.clamp(torch.linalg_vector_norm(y, 2., [-1], True), min=1e-12)
        def encode_text(self, p: List[Tensor], b: List[Tensor], ids: Tensor) -> Tensor:
          y = self.text(p, b, ids, False)
          return y / torch.clamp(torch.linalg_vector_norm(y, 2., [-1], True), min=1e-12)
      """;

  private static final String CAPTION_METHODS =
      """
        def image_tokens(self, p: List[Tensor], b: List[Tensor], x: Tensor) -> Tensor:
          pictures = self.image_and_tokens(p, b, x, False)
          return pictures[1]
      """;

  private final NDManager manager;
  private final TorchScript script;
  private final List<NDList> weights;
  private final Queue<ByteBuffer> buffers = new ConcurrentLinkedQueue<>();

  private Runtime(NDManager manager, Network network, Weights weights) {
    this.manager = manager;
    this.script =
        TorchScript.load(
            manager, network.source() + METHODS + (network.captions() ? CAPTION_METHODS : ""));
    var prepared =
        script.call("prepared", false, manager, List.of(weights.parameters(), weights.buffers()));
    var copies = new NDList();
    weights.buffers().forEach(array -> copies.add(duplicate(array)));
    this.weights = List.of(prepared, copies);
  }

  /** Prepares a network; the weights are not needed afterwards. */
  static Runtime of(Network network, Weights weights) {
    var manager = NDManager.newBaseManager("PyTorch");
    try {
      return new Runtime(manager, network, weights);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /** A manager for the arrays of one request; the caller closes it. */
  NDManager scope() {
    return manager.newSubManager();
  }

  NDArray call(String method, NDManager scope, NDArray... inputs) {
    return script.call(method, false, scope, weights, inputs).singletonOrThrow();
  }

  /** Calls a method that takes and gives lists; {@code lists} follow the weights. */
  NDList call(String method, NDManager scope, List<NDList> lists, NDArray... inputs) {
    var all = new ArrayList<>(weights);
    all.addAll(lists);
    return script.call(method, false, scope, all, inputs);
  }

  /** Calls a method with rows of floats of the given shape and returns a row of floats for each. */
  float[] floatRows(String method, float[] rows, int count, long... rowShape) {
    return batches(
        method,
        count,
        rows.length / count * Float.BYTES,
        DataType.FLOAT32,
        rowShape,
        Runtime::bucket,
        (buffer, from, rowCount) -> {
          int size = rows.length / count;
          buffer.asFloatBuffer().put(rows, from * size, rowCount * size);
        });
  }

  /**
   * Calls a method with rows of ids of one length.
   *
   * @param callRows how many rows a call has when so many are left, padding included
   */
  float[] idRows(String method, long[][] rows, IntUnaryOperator callRows) {
    return batches(
        method,
        rows.length,
        rows[0].length * Long.BYTES,
        DataType.INT64,
        new long[] {rows[0].length},
        callRows,
        (buffer, from, rowCount) -> {
          var longs = buffer.asLongBuffer();
          for (int row = 0; row < rowCount; row++) {
            longs.put(rows[from + row]);
          }
        });
  }

  /** The smallest batch size that holds so many rows, at most the largest. */
  static int bucket(int rows) {
    for (int size : BUCKETS) {
      if (rows <= size) {
        return size;
      }
    }
    return BUCKETS[BUCKETS.length - 1];
  }

  @Override
  public void close() {
    manager.close();
  }

  /** Copies rows {@code from} to {@code from + count} into the buffer. */
  private interface Filler {
    void fill(ByteBuffer buffer, int from, int count);
  }

  private float[] batches(
      String method,
      int rows,
      int rowBytes,
      DataType type,
      long[] rowShape,
      IntUnaryOperator callRows,
      Filler filler) {
    float[] results = {};
    for (int from = 0; from < rows; ) {
      int size = callRows.applyAsInt(rows - from);
      int count = Math.min(size, rows - from);
      var whole = buffer(size * rowBytes);
      var buffer = whole.slice(0, size * rowBytes).order(ByteOrder.nativeOrder());
      filler.fill(buffer, from, count);
      zero(buffer, count * rowBytes);
      // The input array lies on the buffer, so the buffer goes back only after the scope is closed.
      try (var scope = scope()) {
        var shape = new Shape(size).addAll(new Shape(rowShape));
        var output = call(method, scope, scope.create(buffer, shape, type)).toFloatArray();
        int width = output.length / size;
        if (from == 0) {
          results = new float[Math.multiplyExact(rows, width)];
        }
        System.arraycopy(output, 0, results, from * width, count * width);
      }
      buffers.add(whole);
      from += count;
    }
    return results;
  }

  private ByteBuffer buffer(int bytes) {
    var reused = buffers.poll();
    if (reused != null && reused.capacity() >= bytes) {
      return reused;
    }
    return ByteBuffer.allocateDirect(bytes);
  }

  private static void zero(ByteBuffer buffer, int from) {
    for (int i = from; i < buffer.capacity(); i++) {
      buffer.put(i, (byte) 0);
    }
  }

  private NDArray duplicate(NDArray array) {
    var copy = array.duplicate();
    copy.attach(manager);
    return copy;
  }
}
