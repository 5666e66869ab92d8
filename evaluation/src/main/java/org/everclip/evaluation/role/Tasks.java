package org.everclip.evaluation.role;

import java.util.List;

/**
 * What there is to measure now.
 *
 * @param benchmarks suites whose results are compared and averaged
 * @param periods the columns of the E matrix, each a suite of its own; in the order of time
 */
record Tasks(List<Suite> benchmarks, List<Suite> periods) {

  Tasks {
    benchmarks = List.copyOf(benchmarks);
    periods = List.copyOf(periods);
  }
}
