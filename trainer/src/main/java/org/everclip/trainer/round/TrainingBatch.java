package org.everclip.trainer.round;

import java.time.Instant;
import java.util.List;
import org.everclip.clip.training.Batch;

/**
 * A batch that is ready for its step.
 *
 * @param stepInRound counted from 0
 * @param pairIds row by row
 * @param meanTime of its pairs' contents, on average
 * @param oldestTime of the oldest of them
 * @param seconds that making it took
 */
public record TrainingBatch(
    int stepInRound,
    List<String> pairIds,
    Batch batch,
    Instant meanTime,
    Instant oldestTime,
    double seconds) {
  public TrainingBatch {
    pairIds = List.copyOf(pairIds);
  }

  /** The same with other contents. */
  public TrainingBatch with(Batch other) {
    return new TrainingBatch(stepInRound, pairIds, other, meanTime, oldestTime, seconds);
  }
}
