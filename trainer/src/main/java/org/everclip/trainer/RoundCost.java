package org.everclip.trainer;

import java.util.Map;
import java.util.TreeMap;
import org.everclip.clip.cost.ModelCost;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.trainer.checkpoint.Spent;

/**
 * What steps and rounds cost: floating-point operations (three forward passes' worth for each
 * sample, two operations for each multiply-add; neither what is computed twice in parts of a batch
 * nor the parent's embeddings), the share of what the machine can do, and money. Immutable.
 *
 * @param flopsPerSample with one caption's text tower
 * @param flopsPerCaption of each further caption
 * @param peakFlops a second, with the threads that train
 */
record RoundCost(
    double flopsPerSample, double flopsPerCaption, double peakFlops, EverclipConfig.Cost prices) {

  /** Forward, and twice as much backward. */
  private static final double PASSES = 3;

  private static final double OPERATIONS = 2;
  private static final double SECONDS_PER_HOUR = 3600;

  RoundCost {
    if (prices.amortiseOver() < 1
        || prices.pricePerHour() < 0
        || prices.pricePerReinforcedPair() < 0) {
      throw new IllegalArgumentException(
          "trainer.cost needs prices that are not negative and amortiseOver of at least 1, but has "
              + prices);
    }
  }

  static RoundCost of(Architecture architecture, double peakFlops, EverclipConfig.Cost prices) {
    ModelCost cost = ModelCost.of(architecture, Form.TRAIN);
    return new RoundCost(
        PASSES * OPERATIONS * (cost.imageMacs() + cost.textMacs()),
        PASSES * OPERATIONS * cost.textMacs(),
        peakFlops,
        prices);
  }

  double flops(long samples, int captions) {
    return samples * (flopsPerSample + (captions - 1) * flopsPerCaption);
  }

  double utilisation(double flops, double seconds) {
    return flops / seconds / peakFlops;
  }

  /**
   * A round's account for its version: the sum of all trainings' reinforcement costs is what
   * reinforcement cost.
   */
  Map<String, Object> account(Spent spent, int captions, int newPairs) {
    var account = new TreeMap<String, Object>();
    double seconds = spent.seconds();
    double flops = flops(spent.samples(), captions);
    account.put("samples", spent.samples());
    account.put("wallSeconds", seconds);
    account.put("cpuSeconds", spent.cpuSeconds());
    account.put("phaseSeconds", spent.phases());
    account.put("flops", flops);
    account.put("peakGflops", peakFlops / 1e9);
    if (seconds > 0) {
      account.put("samplesPerSecond", spent.samples() / seconds);
      account.put("utilisation", utilisation(flops, seconds));
    }
    double compute = seconds / SECONDS_PER_HOUR * prices.pricePerHour();
    double reinforcement = newPairs * prices.pricePerReinforcedPair() / prices.amortiseOver();
    account.put("currency", prices.currency());
    account.put("pricePerHour", prices.pricePerHour());
    account.put("costCompute", compute);
    account.put("costReinforcement", reinforcement);
    account.put("cost", compute + reinforcement);
    account.put(
        "machine",
        System.getProperty("os.arch")
            + ", "
            + Runtime.getRuntime().availableProcessors()
            + " processors");
    return account;
  }
}
