package org.everclip.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.everclip.clip.network.Precision;
import org.everclip.clip.script.TorchScript;

/**
 * What this machine can do with the threads that the engine uses: the fastest of some runs of large
 * matrix products in the precision that trains. Takes about a third of a second.
 */
final class PeakFlops {

  private static final int SIDE = 768;
  private static final int PRODUCTS = 4;
  private static final int WARM_UP = 2;
  private static final long NANOS = 300_000_000;

  /**
   * The operand is cast here (data type 15 is bfloat16, 6 float32), because {@code NDArray.toType}
   * ends the process when it is asked for bfloat16 (DJL 0.36).
   */
  private static final String METHODS =
      """
        def products(self, x: List[Tensor]) -> Tensor:
          a = torch.to(x[0], %d)
          b = torch.matmul(a, a)
      """
          + "    b = torch.matmul(a, a)\n".repeat(PRODUCTS - 1)
          + "    return torch.to(torch.sum(b), 6)\n";

  private PeakFlops() {}

  /** Returns floating-point operations per second; a multiplication and an addition are two. */
  static double measure(NDManager parent, Precision precision) {
    try (NDManager manager = parent.newSubManager()) {
      var script =
          TorchScript.load(manager, METHODS.formatted(precision == Precision.BF16 ? 15 : 6));
      NDArray operand = manager.randomUniform(-1, 1, new Shape(SIDE, SIDE));
      var operands = List.of(new NDList(operand));
      double flops = 2.0 * SIDE * SIDE * SIDE * PRODUCTS;
      double best = 0;
      long end = System.nanoTime() + NANOS;
      for (int i = 0; i < WARM_UP + 1 || System.nanoTime() < end; i++) {
        long start = System.nanoTime();
        try (NDManager scope = manager.newSubManager()) {
          script.call("products", false, scope, operands);
        }
        double rate = flops / ((System.nanoTime() - start) * 1e-9);
        best = i < WARM_UP ? best : Math.max(best, rate);
      }
      return best;
    }
  }
}
