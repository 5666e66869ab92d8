package org.everclip.contracts;

import java.util.Set;

/**
 * The groups of {@code models.evaluations}. Some hold benchmarks, which are compared and averaged;
 * the others say something about a version that is no benchmark and must not enter an average. A
 * group that is not named here is a benchmark.
 */
public final class EvaluationGroups {

  /** The 38 DataComp tasks. */
  public static final String DATACOMP = "datacomp";

  /** Data sets of the folder {@code evaluation.data}. */
  public static final String LOCAL = "local";

  /** All frozen held-out pairs: the task {@code holdout/all}. */
  public static final String HOLDOUT = "holdout";

  /** A cell of the E matrix: the task {@code period/PERIOD} on the frozen holdout of the period. */
  public static final String PERIOD = "period";

  /** Transfer over the E matrix up to a version: the task {@code ematrix}. */
  public static final String MATRIX = "ematrix";

  /** Samples that changed: the tasks {@code flips/parent} and {@code flips/main}. */
  public static final String FLIPS = "flips";

  /** Milliseconds at batch 1: the task {@code latency}. Its value is not a share. */
  public static final String LATENCY = "latency";

  /** The first look on a part of the samples: the task {@code quick}. */
  public static final String QUICK = "quick";

  /** Which held-out pairs a period's holdout consists of: the task {@code frozen/PERIOD}. */
  public static final String FROZEN = "frozen";

  /** What the promotion gate decided: the task {@code promotion}. */
  public static final String DECISION = "decision";

  private static final Set<String> OTHERS =
      Set.of(PERIOD, MATRIX, FLIPS, LATENCY, QUICK, FROZEN, DECISION);

  private EvaluationGroups() {}

  /** Does a result of this group enter tables and averages of benchmarks? */
  public static boolean isBenchmark(String group) {
    return !OTHERS.contains(group);
  }
}
