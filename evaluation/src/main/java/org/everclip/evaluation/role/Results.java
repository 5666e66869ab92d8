package org.everclip.evaluation.role;

import java.util.List;
import java.util.Optional;
import org.everclip.contracts.avro.EvaluationResult;

/** All results so far: the evaluator's only memory of what is done. */
interface Results {

  /** Adds a result, or replaces the one of the same model, version, suite and task. */
  void add(EvaluationResult result) throws InterruptedException;

  Optional<EvaluationResult> find(String model, int version, String suite, String task);

  /** All results of a version, in the order in which they came. */
  List<EvaluationResult> of(String model, int version);

  /** All results of a group, in the order in which they came. */
  List<EvaluationResult> group(String group);

  /** Grows with every result that is added. */
  long changes();

  /** The key of a result. */
  static String key(EvaluationResult result) {
    return key(result.getModel(), result.getVersion(), result.getSuite(), result.getTask());
  }

  /** The key of a result. */
  static String key(String model, int version, String suite, String task) {
    return model + "/" + version + "/" + suite + "/" + task;
  }
}
