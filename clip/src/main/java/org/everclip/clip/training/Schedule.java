package org.everclip.clip.training;

/** The learning rate of each step, counted from 0. */
@FunctionalInterface
public interface Schedule {

  double rate(long step);

  /** Linear warm-up, then half a cosine to zero (the reference's schedule). */
  static Schedule cosine(double peak, long warmupSteps, long totalSteps) {
    return flatThenCosine(peak, warmupSteps, warmupSteps, totalSteps);
  }

  /** Linear warm-up, constant until {@code flatUntil}, then half a cosine to zero. */
  static Schedule flatThenCosine(double peak, long warmupSteps, long flatUntil, long totalSteps) {
    if (warmupSteps < 0 || flatUntil < warmupSteps || totalSteps < flatUntil) {
      throw new IllegalArgumentException(
          "A schedule goes from warm-up (%d) through flat (%d) to its end (%d)"
              .formatted(warmupSteps, flatUntil, totalSteps));
    }
    return step -> {
      if (step < warmupSteps) {
        return peak * (step + 1) / warmupSteps;
      }
      if (step < flatUntil) {
        return peak;
      }
      double progress =
          Math.min(1, (double) (step - flatUntil) / Math.max(1, totalSteps - flatUntil));
      return peak / 2 * (1 + Math.cos(Math.PI * progress));
    };
  }

  /** Warm-up, then constant: for streams without an end. */
  static Schedule constant(double rate, long warmupSteps) {
    return flatThenCosine(rate, warmupSteps, Long.MAX_VALUE, Long.MAX_VALUE);
  }
}
