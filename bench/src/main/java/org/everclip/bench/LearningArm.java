package org.everclip.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One way to train the student.
 *
 * @param strong whether pictures are varied as much as the stored reinforcement has it, or weakly
 * @param synthetic whether the synthetic captions are learned from too
 * @param lambda share of distillation
 * @param teachers how many teachers, from the first
 */
record LearningArm(String name, boolean strong, boolean synthetic, double lambda, int teachers) {

  static final LearningArm PLAIN = new LearningArm("plain", false, false, 0, 0);

  /** The ablation: each arm adds one thing to the one before. */
  static List<LearningArm> ablation(double lambda) {
    return List.of(
        PLAIN,
        new LearningArm("+ synthetic captions", false, true, 0, 0),
        new LearningArm("+ distillation", false, true, lambda, 1),
        new LearningArm("+ strong augmentation", true, true, lambda, 1),
        full(lambda));
  }

  /** Everything. */
  static LearningArm full(double lambda) {
    return new LearningArm("+ ensemble", true, true, lambda, 2);
  }

  /** The full recipe with other shares of distillation. */
  static List<LearningArm> sweep(List<Double> lambdas) {
    var arms = new ArrayList<LearningArm>();
    lambdas.forEach(lambda -> arms.add(full(lambda)));
    return arms;
  }

  boolean reinforced() {
    return synthetic;
  }

  /** A name for files; runs of equal names are equal runs. */
  String id(double rate, int seed) {
    return String.format(
        Locale.ROOT,
        "%s-l%s-t%d-lr%s-s%d",
        name.replaceAll("[^a-z]+", ""),
        lambda,
        teachers,
        rate,
        seed);
  }
}
