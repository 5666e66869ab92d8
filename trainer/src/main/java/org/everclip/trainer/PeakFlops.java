package org.everclip.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.everclip.clip.network.Precision;

/**
 * What this machine can do with the threads that the engine uses: the fastest of some large matrix
 * products in the precision that trains. Takes about a third of a second.
 */
final class PeakFlops {

  private static final int SIDE = 768;
  private static final int WARM_UP = 2;
  private static final long NANOS = 300_000_000;

  private PeakFlops() {}

  static double measure(NDManager parent, Precision precision) {
    try (NDManager manager = parent.newSubManager()) {
      NDArray a =
          manager
              .randomUniform(-1, 1, new Shape(SIDE, SIDE))
              .toType(precision == Precision.BF16 ? DataType.BFLOAT16 : DataType.FLOAT32, false);
      double flops = 2.0 * SIDE * SIDE * SIDE;
      double best = 0;
      long end = System.nanoTime() + NANOS;
      for (int i = 0; i < WARM_UP + 1 || System.nanoTime() < end; i++) {
        long start = System.nanoTime();
        a.matMul(a).close();
        double rate = flops / ((System.nanoTime() - start) * 1e-9);
        best = i < WARM_UP ? best : Math.max(best, rate);
      }
      return best;
    }
  }
}
