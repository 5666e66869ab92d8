package org.everclip.trainer;

import java.util.Locale;
import org.everclip.contracts.config.EverclipConfig;

/**
 * The learning rate of a step. Warm-up in the run's first steps and, if so set, in the first steps
 * of each later round; then each round stays at its highest rate and ends with half a cosine to
 * zero, so that every version is published from settled weights. Immutable.
 */
final class RoundRate {

  /** How the highest rates of the rounds follow each other. */
  private enum Meta {
    FLAT,
    /**
     * Each round's highest rate is where one cosine over all rounds so far would stand: (1 + cos(pi
     * i / (i + 1))) / 2 for i = 0, 1, ... (TiC-LM's autoregressive schedule for equal rounds).
     */
    AUTOREGRESSIVE;

    double factor(int round) {
      double i = round - 1.0;
      return this == FLAT ? 1 : 0.5 * (1 + Math.cos(Math.PI * i / (i + 1)));
    }
  }

  private final EverclipConfig.Trainer settings;
  private final Meta meta;

  RoundRate(EverclipConfig.Trainer settings) {
    this.settings = settings;
    String name = settings.schedule().toUpperCase(Locale.ROOT);
    if (!name.equals(Meta.FLAT.name()) && !name.equals(Meta.AUTOREGRESSIVE.name())) {
      throw new IllegalArgumentException(
          "trainer.schedule must be flat or autoregressive, but is " + settings.schedule());
    }
    meta = Meta.valueOf(name);
  }

  /** The highest rate of a round, counted from 1. */
  double highest(int round) {
    return settings.learningRate() * meta.factor(round);
  }

  /**
   * The rate of a step.
   *
   * @param step counted from 0 over all rounds
   * @param stepInRound counted from 0
   */
  double at(long step, int round, int stepInRound, int roundSteps) {
    double peak = highest(round);
    if (step < settings.warmupSteps()) {
      return peak * (step + 1) / settings.warmupSteps();
    }
    if (round > 1 && stepInRound < settings.roundWarmupSteps()) {
      return peak * (stepInRound + 1) / settings.roundWarmupSteps();
    }
    double falling = settings.annealShare() * roundSteps;
    double progress = (stepInRound - (roundSteps - falling)) / Math.max(1, falling);
    return progress <= 0 ? peak : peak / 2 * (1 + Math.cos(Math.PI * progress));
  }
}
