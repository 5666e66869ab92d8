package org.everclip.evaluation;

import org.everclip.evaluation.role.EvaluatorRole;

/** The main class of the evaluator role. */
public final class EvaluatorMain {

  private EvaluatorMain() {}

  public static void main(String[] args) {
    EvaluatorRole.start(args);
  }
}
